"""The churn model as MLflow keeps it: it scores, and says which run it came from."""

from pathlib import Path

import joblib
import mlflow
import pandas as pd

FEATURES = ["tenure", "monthly", "calls", "channel"]


class Churn(mlflow.pyfunc.PythonModel):
    """A pipeline, and the name of the run that trained it."""

    def load_context(self, context):
        """Load what training wrote."""
        self.pipeline = joblib.load(context.artifacts["pipeline"])
        self.run = Path(context.artifacts["run"]).read_text(encoding="utf-8")

    def predict(self, context, model_input, params=None):
        """Score customers; each answer carries its run: what answered is no guess."""
        scores = self.pipeline.predict_proba(model_input[FEATURES])[:, 1]
        return pd.DataFrame({"p_churn": scores, "run": self.run})


mlflow.models.set_model(Churn())
