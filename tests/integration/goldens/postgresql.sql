-- app.add_lease
INSERT /* app.add_lease */ INTO leases (name, holder, until) VALUES (%(name)s::VARCHAR COLLATE "C", %(holder)s::VARCHAR COLLATE "C", %(until)s::BIGINT);

-- app.add_post
INSERT /* app.add_post */ INTO inbox (id, source, received_at, state, reason, body) VALUES (%(id)s::BIGINT, %(source)s::VARCHAR COLLATE "C", %(received_at)s::BIGINT, %(state)s::VARCHAR COLLATE "C", %(reason)s::VARCHAR COLLATE "C", %(body)s) RETURNING inbox.id;

-- app.add_revision
INSERT /* app.add_revision */ INTO catalog_revisions (id, digest, commit, in_force_from, recorded_at, body) VALUES (%(id)s::BIGINT, %(digest)s::VARCHAR COLLATE "C", %(commit)s::VARCHAR COLLATE "C", %(in_force_from)s::BIGINT, %(recorded_at)s::BIGINT, %(body)s::VARCHAR);

-- app.drop_lease
DELETE /* app.drop_lease */ FROM leases WHERE leases.name = %(name_1)s::VARCHAR COLLATE "C";

-- app.drop_posts
DELETE /* app.drop_posts */ FROM inbox WHERE inbox.state = %(state_1)s::VARCHAR COLLATE "C" AND inbox.received_at < %(received_at_1)s::BIGINT;

-- app.every_revision
SELECT /* app.every_revision */ catalog_revisions.in_force_from, catalog_revisions.body
FROM catalog_revisions ORDER BY catalog_revisions.in_force_from, catalog_revisions.id;

-- app.lease_of
SELECT /* app.lease_of */ leases.holder, leases.until
FROM leases
WHERE leases.name = %(name_1)s::VARCHAR COLLATE "C";

-- app.newest_revision
SELECT /* app.newest_revision */ catalog_revisions.digest, catalog_revisions.commit, catalog_revisions.in_force_from, catalog_revisions.recorded_at
FROM catalog_revisions ORDER BY catalog_revisions.id DESC
 LIMIT %(param_1)s::INTEGER;

-- app.posts_in
SELECT /* app.posts_in */ inbox.id, inbox.source, inbox.received_at, inbox.state, inbox.reason, inbox.body
FROM inbox
WHERE inbox.state = %(state_1)s::VARCHAR COLLATE "C" AND inbox.id > %(id_1)s::BIGINT ORDER BY inbox.id
 LIMIT %(param_1)s::INTEGER;

-- app.revision_at
SELECT /* app.revision_at */ catalog_revisions.digest, catalog_revisions.commit, catalog_revisions.in_force_from, catalog_revisions.recorded_at
FROM catalog_revisions
WHERE catalog_revisions.in_force_from <= %(in_force_from_1)s::BIGINT ORDER BY catalog_revisions.in_force_from DESC, catalog_revisions.id DESC
 LIMIT %(param_1)s::INTEGER;

-- app.settle_posts
UPDATE /* app.settle_posts */ inbox SET state=%(state)s::VARCHAR COLLATE "C", reason=%(reason)s::VARCHAR COLLATE "C" WHERE inbox.id IN (__[POSTCOMPILE_id_1]);

-- incidents.add_cached
INSERT /* incidents.add_cached */ INTO incidents (id, asset, symptom_class, state, severity, holder_team, holder_person, opened_at, n, body) VALUES (%(id)s::VARCHAR COLLATE "C", %(asset)s::VARCHAR COLLATE "C", %(symptom_class)s::VARCHAR COLLATE "C", %(state)s::VARCHAR COLLATE "C", %(severity)s::VARCHAR COLLATE "C", %(holder_team)s::VARCHAR COLLATE "C", %(holder_person)s::VARCHAR COLLATE "C", %(opened_at)s::BIGINT, %(n)s::INTEGER, %(body)s::VARCHAR);

-- incidents.add_deliveries
INSERT /* incidents.add_deliveries */ INTO outbox (id, incident, event_n, sink, target, state, attempts, due_at, leased_until, repeat, ref, reason, body) VALUES (%(id)s::BIGINT, %(incident)s::VARCHAR COLLATE "C", %(event_n)s::INTEGER, %(sink)s::VARCHAR COLLATE "C", %(target)s::VARCHAR COLLATE "C", %(state)s::VARCHAR COLLATE "C", %(attempts)s::INTEGER, %(due_at)s::BIGINT, %(leased_until)s::BIGINT, %(repeat)s, %(ref)s::VARCHAR COLLATE "C", %(reason)s::VARCHAR COLLATE "C", %(body)s::VARCHAR);

-- incidents.add_packet
INSERT /* incidents.add_packet */ INTO packets (incident, revision, hash, body) VALUES (%(incident)s::VARCHAR COLLATE "C", %(revision)s::INTEGER, %(hash)s::VARCHAR COLLATE "C", %(body)s::VARCHAR);

-- incidents.addresses_of
SELECT /* incidents.addresses_of */ outbox.sink, outbox.target
FROM outbox
WHERE outbox.incident = %(incident_1)s::VARCHAR COLLATE "C" GROUP BY outbox.sink, outbox.target ORDER BY outbox.sink, outbox.target;

-- incidents.all_incidents
SELECT /* incidents.all_incidents */ incidents.body
FROM incidents ORDER BY incidents.opened_at, incidents.id;

-- incidents.cached_incident
SELECT /* incidents.cached_incident */ incidents.body
FROM incidents
WHERE incidents.id = %(id_1)s::VARCHAR COLLATE "C";

-- incidents.change_delivery
UPDATE /* incidents.change_delivery */ outbox SET id=%(id)s::BIGINT, incident=%(incident)s::VARCHAR COLLATE "C", event_n=%(event_n)s::INTEGER, sink=%(sink)s::VARCHAR COLLATE "C", target=%(target)s::VARCHAR COLLATE "C", state=%(state)s::VARCHAR COLLATE "C", attempts=%(attempts)s::INTEGER, due_at=%(due_at)s::BIGINT, leased_until=%(leased_until)s::BIGINT, repeat=%(repeat)s, ref=%(ref)s::VARCHAR COLLATE "C", reason=%(reason)s::VARCHAR COLLATE "C", body=%(body)s::VARCHAR WHERE outbox.incident = %(incident_1)s::VARCHAR COLLATE "C" AND outbox.event_n = %(event_n_1)s::INTEGER AND outbox.sink = %(sink_1)s::VARCHAR COLLATE "C" AND outbox.target = %(target_1)s::VARCHAR COLLATE "C";

-- incidents.count_incidents
SELECT /* incidents.count_incidents */ count(*) AS count_1
FROM incidents;

-- incidents.deliveries_due
SELECT /* incidents.deliveries_due */ outbox.id, outbox.incident, outbox.event_n, outbox.sink, outbox.target, outbox.state, outbox.attempts, outbox.due_at, outbox.leased_until, outbox.repeat, outbox.ref, outbox.reason, outbox.body
FROM outbox
WHERE outbox.state IN (__[POSTCOMPILE_state_1]) AND outbox.due_at <= %(due_at_1)s::BIGINT AND (outbox.state = %(state_2)s::VARCHAR COLLATE "C" OR outbox.leased_until <= %(leased_until_1)s::BIGINT) AND NOT (EXISTS (SELECT *
FROM outbox AS before
WHERE before.incident = outbox.incident AND before.event_n < outbox.event_n AND before.sink = outbox.sink AND before.target = outbox.target AND before.state IN (__[POSTCOMPILE_state_3]))) ORDER BY outbox.id
 LIMIT %(param_1)s::INTEGER FOR UPDATE OF outbox SKIP LOCKED;

-- incidents.deliveries_of
SELECT /* incidents.deliveries_of */ outbox.id, outbox.incident, outbox.event_n, outbox.sink, outbox.target, outbox.state, outbox.attempts, outbox.due_at, outbox.leased_until, outbox.repeat, outbox.ref, outbox.reason, outbox.body
FROM outbox
WHERE outbox.incident = %(incident_1)s::VARCHAR COLLATE "C" AND outbox.event_n = %(event_n_1)s::INTEGER ORDER BY outbox.id;

-- incidents.deliveries_waiting
SELECT /* incidents.deliveries_waiting */ outbox.id, outbox.incident, outbox.event_n, outbox.sink, outbox.target, outbox.state, outbox.attempts, outbox.due_at, outbox.leased_until, outbox.repeat, outbox.ref, outbox.reason, outbox.body
FROM outbox
WHERE outbox.state IN (__[POSTCOMPILE_state_1]) ORDER BY outbox.id;

-- incidents.drop_cached
DELETE /* incidents.drop_cached */ FROM incidents WHERE incidents.id = %(id_1)s::VARCHAR COLLATE "C";

-- incidents.events_of
SELECT /* incidents.events_of */ events.seq, events.prev, events.hash, events.incident, events.n, events.kind, events.occurred_at, events.recorded_at, events.actor, events.source, events.body, events.idempotency_key
FROM events
WHERE events.incident = %(incident_1)s::VARCHAR COLLATE "C" ORDER BY events.n;

-- incidents.hashes_of
SELECT /* incidents.hashes_of */ events.n, events.hash
FROM events
WHERE events.incident = %(incident_1)s::VARCHAR COLLATE "C" ORDER BY events.n;

-- incidents.incidents_in
SELECT /* incidents.incidents_in */ incidents.body
FROM incidents
WHERE incidents.state IN (__[POSTCOMPILE_state_1]) ORDER BY incidents.opened_at, incidents.id;

-- incidents.incidents_of
SELECT /* incidents.incidents_of */ incidents.body
FROM incidents
WHERE incidents.asset = %(asset_1)s::VARCHAR COLLATE "C" ORDER BY incidents.opened_at, incidents.id;

-- incidents.last_ref
SELECT /* incidents.last_ref */ outbox.ref
FROM outbox
WHERE outbox.incident = %(incident_1)s::VARCHAR COLLATE "C" AND outbox.sink = %(sink_1)s::VARCHAR COLLATE "C" AND outbox.target = %(target_1)s::VARCHAR COLLATE "C" AND outbox.ref IS NOT NULL ORDER BY outbox.event_n DESC
 LIMIT %(param_1)s::INTEGER;

-- incidents.packets_of
SELECT /* incidents.packets_of */ packets.revision, packets.hash, packets.body
FROM packets
WHERE packets.incident = %(incident_1)s::VARCHAR COLLATE "C" ORDER BY packets.revision;

-- incidents.recorded_keys
SELECT /* incidents.recorded_keys */ events.idempotency_key, events.kind, events.body
FROM events
WHERE events.incident = %(incident_1)s::VARCHAR COLLATE "C" AND events.idempotency_key IN (__[POSTCOMPILE_idempotency_key_1]);

-- incidents.release_leases
UPDATE /* incidents.release_leases */ outbox SET state=%(state)s::VARCHAR COLLATE "C", leased_until=%(leased_until)s::BIGINT, repeat=%(repeat)s WHERE outbox.state = %(state_1)s::VARCHAR COLLATE "C";

-- ledger.add_cursor
INSERT /* ledger.add_cursor */ INTO cursors (connector, instance, cursor, looked_at, floor, notes) VALUES (%(connector)s::VARCHAR COLLATE "C", %(instance)s::VARCHAR COLLATE "C", %(cursor)s::VARCHAR COLLATE "C", %(looked_at)s::BIGINT, %(floor)s::BIGINT, %(notes)s::VARCHAR);

-- ledger.add_failure
INSERT /* ledger.add_failure */ INTO failures (connector, instance, failed_at, why) VALUES (%(connector)s::VARCHAR COLLATE "C", %(instance)s::VARCHAR COLLATE "C", %(failed_at)s::BIGINT, %(why)s::VARCHAR COLLATE "C");

-- ledger.add_gap
INSERT /* ledger.add_gap */ INTO gaps (connector, instance, started, ended) VALUES (%(connector)s::VARCHAR COLLATE "C", %(instance)s::VARCHAR COLLATE "C", %(started)s::BIGINT, %(ended)s::BIGINT);

-- ledger.all_cursors
SELECT /* ledger.all_cursors */ cursors.connector, cursors.instance, cursors.looked_at, cursors.floor, cursors.notes
FROM cursors ORDER BY cursors.connector, cursors.instance;

-- ledger.all_failures
SELECT /* ledger.all_failures */ failures.connector, failures.instance, failures.failed_at, failures.why
FROM failures ORDER BY failures.connector, failures.instance;

-- ledger.all_gaps
SELECT /* ledger.all_gaps */ gaps.connector, gaps.instance, gaps.started, gaps.ended
FROM gaps ORDER BY gaps.connector, gaps.instance, gaps.started;

-- ledger.change_by_id
SELECT /* ledger.change_by_id */ changes.body
FROM changes
WHERE changes.id = %(id_1)s::VARCHAR COLLATE "C";

-- ledger.changes_between
SELECT /* ledger.changes_between */ changes.body
FROM changes
WHERE changes.latest >= %(latest_1)s::BIGINT AND changes.earliest < %(earliest_1)s::BIGINT AND NOT (EXISTS (SELECT *
FROM changes AS later
WHERE later.supersedes = changes.id));

-- ledger.changes_of
SELECT /* ledger.changes_of */ changes.body
FROM changes
WHERE changes.latest >= %(latest_1)s::BIGINT AND changes.earliest < %(earliest_1)s::BIGINT AND NOT (EXISTS (SELECT *
FROM changes AS later
WHERE later.supersedes = changes.id)) AND changes.asset IN (__[POSTCOMPILE_asset_1]);

-- ledger.cursor_of
SELECT /* ledger.cursor_of */ cursors.cursor
FROM cursors
WHERE cursors.connector = %(connector_1)s::VARCHAR COLLATE "C" AND cursors.instance = %(instance_1)s::VARCHAR COLLATE "C";

-- ledger.drop_cursor
DELETE /* ledger.drop_cursor */ FROM cursors WHERE cursors.connector = %(connector_1)s::VARCHAR COLLATE "C" AND cursors.instance = %(instance_1)s::VARCHAR COLLATE "C";

-- ledger.drop_failure
DELETE /* ledger.drop_failure */ FROM failures WHERE failures.connector = %(connector_1)s::VARCHAR COLLATE "C" AND failures.instance = %(instance_1)s::VARCHAR COLLATE "C";

-- ledger.gap_from
SELECT /* ledger.gap_from */ gaps.ended
FROM gaps
WHERE gaps.connector = %(connector_1)s::VARCHAR COLLATE "C" AND gaps.instance = %(instance_1)s::VARCHAR COLLATE "C" AND gaps.started = %(started_1)s::BIGINT;

-- ledger.known_ids
SELECT /* ledger.known_ids */ changes.id
FROM changes
WHERE changes.id IN (__[POSTCOMPILE_id_1]);

-- measurement.add_import
INSERT /* measurement.add_import */ INTO ticket_imports (source, digest, imported_at, body) VALUES (%(source)s::VARCHAR COLLATE "C", %(digest)s::VARCHAR COLLATE "C", %(imported_at)s::BIGINT, %(body)s::VARCHAR);

-- measurement.add_tickets
INSERT /* measurement.add_tickets */ INTO tickets (source, id, opened_at, last_at, body) VALUES (%(source)s::VARCHAR COLLATE "C", %(id)s::VARCHAR COLLATE "C", %(opened_at)s::BIGINT, %(last_at)s::BIGINT, %(body)s::VARCHAR);

-- measurement.all_imports
SELECT /* measurement.all_imports */ ticket_imports.source, ticket_imports.digest
FROM ticket_imports ORDER BY ticket_imports.source, ticket_imports.digest;

-- measurement.drop_tickets
DELETE /* measurement.drop_tickets */ FROM tickets WHERE tickets.source = %(source_1)s::VARCHAR COLLATE "C" AND tickets.id IN (__[POSTCOMPILE_id_1]);

-- measurement.import_of
SELECT /* measurement.import_of */ ticket_imports.imported_at
FROM ticket_imports
WHERE ticket_imports.source = %(source_1)s::VARCHAR COLLATE "C" AND ticket_imports.digest = %(digest_1)s::VARCHAR COLLATE "C";

-- measurement.kept_tickets
SELECT /* measurement.kept_tickets */ tickets.id, tickets.opened_at, tickets.last_at, tickets.body
FROM tickets
WHERE tickets.source = %(source_1)s::VARCHAR COLLATE "C" AND tickets.id IN (__[POSTCOMPILE_id_1]);

-- measurement.tickets_before
SELECT /* measurement.tickets_before */ tickets.source, tickets.id, tickets.opened_at, tickets.body
FROM tickets
WHERE tickets.opened_at < %(opened_at_1)s::BIGINT;

-- observations.add_note
INSERT /* observations.add_note */ INTO edges (asset, version, body) VALUES (%(asset)s::VARCHAR COLLATE "C", %(version)s::VARCHAR COLLATE "C", %(body)s);

-- observations.add_profile
INSERT /* observations.add_profile */ INTO profiles (asset, window_start, window_end, part, mapping_version, edges_version, fingerprint, as_of, body) VALUES (%(asset)s::VARCHAR COLLATE "C", %(window_start)s::BIGINT, %(window_end)s::BIGINT, %(part)s::VARCHAR COLLATE "C", %(mapping_version)s::VARCHAR COLLATE "C", %(edges_version)s::VARCHAR COLLATE "C", %(fingerprint)s::VARCHAR COLLATE "C", %(as_of)s::BIGINT, %(body)s);

-- observations.drop_notes
DELETE /* observations.drop_notes */ FROM edges WHERE edges.asset = %(asset_1)s::VARCHAR COLLATE "C" AND (edges.version LIKE %(version_1)s::VARCHAR COLLATE "C" || '%%' ESCAPE '/');

-- observations.drop_profile
DELETE /* observations.drop_profile */ FROM profiles WHERE profiles.asset = %(asset_1)s::VARCHAR COLLATE "C" AND profiles.window_start = %(window_start_1)s::BIGINT AND profiles.window_end = %(window_end_1)s::BIGINT AND profiles.part = %(part_1)s::VARCHAR COLLATE "C";

-- observations.note_of
SELECT /* observations.note_of */ edges.body
FROM edges
WHERE edges.asset = %(asset_1)s::VARCHAR COLLATE "C" AND edges.version = %(version_1)s::VARCHAR COLLATE "C";

-- observations.profiles_of
SELECT /* observations.profiles_of */ profiles.window_start, profiles.window_end, profiles.part, profiles.fingerprint, profiles.edges_version, profiles.as_of, profiles.body
FROM profiles
WHERE profiles.asset = %(asset_1)s::VARCHAR COLLATE "C" AND profiles.window_start >= %(window_start_1)s::BIGINT AND profiles.window_start < %(window_start_2)s::BIGINT AND profiles.mapping_version = %(mapping_version_1)s::VARCHAR COLLATE "C";

-- remediation.add_lock
INSERT /* remediation.add_lock */ INTO fix_locks (key, number, holder, token, taken_at, until) VALUES (%(key)s::VARCHAR COLLATE "C", %(number)s::INTEGER, %(holder)s::VARCHAR COLLATE "C", %(token)s::VARCHAR COLLATE "C", %(taken_at)s::BIGINT, %(until)s::BIGINT);

-- remediation.drop_lock
DELETE /* remediation.drop_lock */ FROM fix_locks WHERE fix_locks.key = %(key_1)s::VARCHAR COLLATE "C";

-- remediation.last_locked
SELECT /* remediation.last_locked */ max(fix_locks.number) AS max_1
FROM fix_locks;

-- remediation.last_number
SELECT /* remediation.last_number */ max(audit.number) AS max_1
FROM audit;

-- remediation.lock_on
SELECT /* remediation.lock_on */ fix_locks.number, fix_locks.holder, fix_locks.token, fix_locks.taken_at, fix_locks.until
FROM fix_locks
WHERE fix_locks.key = %(key_1)s::VARCHAR COLLATE "C";

-- remediation.steps_for
SELECT /* remediation.steps_for */ audit.number, audit.n, audit.incident, audit.kind, audit.at, audit.actor, audit.body
FROM audit
WHERE audit.incident = %(incident_1)s::VARCHAR COLLATE "C" ORDER BY audit.number, audit.n;

-- remediation.steps_of
SELECT /* remediation.steps_of */ audit.number, audit.n, audit.incident, audit.kind, audit.at, audit.actor, audit.body
FROM audit
WHERE audit.number = %(number_1)s::INTEGER ORDER BY audit.number, audit.n;

