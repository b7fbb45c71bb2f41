"""Trains and registers versions; run by MLflow's own interpreter, never imported."""

from __future__ import annotations

import json
import sys
from typing import Any


def main(url: str, wanted: list[dict[str, Any]]) -> None:
    """Train one version after the other."""
    import mlflow  # noqa: PLC0415 - only MLflow's environment has it
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("tests")
    for one in wanted:
        random = np.random.default_rng(one["rows"])
        columns = one["columns"]
        inputs = pd.DataFrame(
            random.normal(size=(one["rows"], len(columns))), columns=columns
        )
        target = (inputs[columns[0]] > 0).astype(int)
        model = LogisticRegression(C=one["strength"])
        model.fit(inputs, target)
        with mlflow.start_run():
            mlflow.set_tag("mlflow.source.git.commit", one["commit"])
            mlflow.set_tag("mlflow.user", "ana")
            for key, value in one["tags"].items():
                mlflow.set_tag(key, value)
            mlflow.log_params({"C": one["strength"], "seed": 0})
            data = mlflow.data.from_pandas(
                inputs.assign(target=target), name="train", source="train.parquet"
            )
            mlflow.log_input(data, context="training")
            mlflow.log_metric("accuracy", float(model.score(inputs, target)))
            mlflow.sklearn.log_model(
                model,
                name="model",
                signature=mlflow.models.infer_signature(inputs, target),
                pip_requirements=one["pinned"],
                registered_model_name=one["name"],
            )


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
