"""One epoch of a training shared by some processes: ``python one_training_epoch.py TABLE N_PROCESSES STATISTICS.pt``.

Each process writes the statistics of normalisation that it ends with into a file of its own.
"""

import sys
from pathlib import Path

import torch
from one_training_step import make_trainer  # beside this program

from napari_mazetrack.progress import run_to_end
from napari_mazetrack.training.loop import Start


def main() -> None:
    table, n, out = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    trainer = make_trainer(table, n, out.with_suffix(".checkpoint"), n_batches=2, n_crops=8)
    run_to_end(trainer.run(Start()))
    values = {name: value for name, value in trainer.network.state_dict().items() if "running" in name}
    values |= {f"average of {name}": trainer.average.values[name] for name in list(values)}
    torch.save(values, out.with_suffix(f".{trainer.processes.rank}.pt"))


if __name__ == "__main__":
    main()
