"""How much CPU and memory djconnfix takes, beside other tools on the same files: `python -m benchmarks`."""
