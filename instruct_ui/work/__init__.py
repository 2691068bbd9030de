"""What a worker does for each kind of job (`jobs.kinds`): plain values in, plain values out."""
