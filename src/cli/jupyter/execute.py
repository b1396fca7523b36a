"""Executes one notebook and prints the outcome as one line of JSON; `deno task notebooks` calls it.

The request is JSON on standard input: {notebook, folder, timeout, html, heading}.
"""

import json
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

request = json.load(sys.stdin)
notebook = nbformat.read(request["notebook"], as_version=4)
code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
current = 0  # number of the running code cell, counted from 1 as Jupyter does


def started(cell, cell_index):
    global current
    current = code.index(cell_index) + 1 if cell_index in code else current


client = NotebookClient(
    notebook,
    kernel_name="storyloom",
    timeout=request["timeout"],
    resources={"metadata": {"path": request["folder"]}},
    on_cell_start=started,
)
start = time.monotonic()
result = {}
try:
    client.execute()
except CellExecutionError as error:
    result = {"name": error.ename, "message": error.evalue}
except CellTimeoutError:
    result = {"name": "Timeout", "message": f"took longer than {request['timeout']} s (--timeout sets the limit)"}
except Exception as error:  # e.g. a kernel that does not start or died
    result = {"name": type(error).__name__, "message": str(error)}

if request.get("html"):  # also of a failed notebook, up to the failed cell
    from nbconvert import HTMLExporter

    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(request["heading"]))
    page, _ = HTMLExporter().from_notebook_node(notebook)
    with open(request["html"], "w", encoding="utf-8") as file:
        file.write(page)

print(json.dumps({**result, "cell": current, "cells": len(code), "seconds": time.monotonic() - start}))
