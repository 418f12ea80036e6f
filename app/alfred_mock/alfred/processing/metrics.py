"""What is counted of jobs.

How many jobs are in which stage now follows from every job and the time, which nobody could ask
for every few seconds. So the stages are counted in which clients find their jobs (our choice).
"""

from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.core.meter import Meter


def count_created(meter: Meter, input_source_type: str) -> None:
    """Count a new job, by where its files come from."""
    counter = meter.counter("jobs_created", "Jobs that were created.", "input_source_type")
    counter.add(input_source_type)


def count_stage(meter: Meter, stage: Stage) -> None:
    """Count the stage that a client has found its job in."""
    meter.counter("job_stages_read", "Details of jobs that were read, by stage.", "stage").add(
        stage.value
    )
