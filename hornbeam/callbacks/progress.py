from hornbeam.training.callback import Callback


def default_verbose(verbose):
    return 2 if verbose == "auto" else int(verbose)


class ProgbarLogger(Callback):
    def __init__(self, level=1):
        super().__init__()

    def on_epoch_end(self, epoch, logs=None):
        print(epoch, logs)
