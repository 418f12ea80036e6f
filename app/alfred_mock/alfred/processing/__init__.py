"""What a job and its files go through. Nothing here knows of HTTP.

The words: a *step* is one moment in the life of a job, with its stage and the status of its files.
The *pipeline* is all steps of a job in their order. The *progression* says how the job moves along
them: at once, with time, or whenever it is read. The *position* is the step that it is at now.
"""
