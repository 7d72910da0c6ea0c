"""The data room: from what users hold to blocks of batches."""
