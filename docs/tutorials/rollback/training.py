"""
Train a churn model and register it: ``training.py customers.csv ["remark"]``.

Runs in MLflow's own environment. The new version becomes nothing by itself:
moving the alias is a person's decision.
"""

import sys
import tempfile
from pathlib import Path

import joblib
import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NAME = "churn"
NUMBERS = ["tenure", "monthly", "calls"]
HERE = Path(__file__).parent


def main(data: str, remark: str = "") -> None:
    """Fit on three quarters, log the loss on the rest, register the version."""
    customers = pd.read_csv(data)
    cut = len(customers) * 3 // 4
    train, test = customers.iloc[:cut], customers.iloc[cut:]
    pipeline = make_pipeline(
        make_column_transformer(
            (StandardScaler(), NUMBERS),
            (OneHotEncoder(handle_unknown="ignore"), ["channel"]),
        ),
        LogisticRegression(),
    )
    pipeline.fit(train, train["churned"])
    loss = log_loss(test["churned"], pipeline.predict_proba(test)[:, 1])
    signature = ModelSignature(
        inputs=Schema(
            [
                *(ColSpec("double", name) for name in NUMBERS),
                ColSpec("string", "channel"),
            ]
        )
    )
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        mlflow.log_params({"rows": len(train), "data": Path(data).name})
        mlflow.log_metric("log_loss", loss)
        joblib.dump(pipeline, Path(folder) / "pipeline.joblib")
        (Path(folder) / "run").write_text(run.info.run_id, encoding="utf-8")
        mlflow.pyfunc.log_model(
            name="model",
            python_model=str(HERE / "churn_model.py"),
            artifacts={
                "pipeline": str(Path(folder) / "pipeline.joblib"),
                "run": str(Path(folder) / "run"),
            },
            signature=signature,
            pip_requirements=["mlflow", "scikit-learn", "pandas"],
            registered_model_name=NAME,
        )
    print(f"log_loss on its own test rows: {loss:.3f} {remark}".rstrip())


main(*sys.argv[1:])
