"""What Celery runs: doorbells, each with a run's id and nothing else."""

from celery import shared_task

from interactions import worker


@shared_task(name="interactions.execute_run", ignore_result=True)
def execute_run(run_id: str) -> None:
    """Work on the run, if it is free and its turn has come; come back when that is done."""
    worker.execute(run_id)
