"""An export job as its owner sees it: started by a mutation, followed over an event stream, deleted."""

import json
import urllib.request

FORMATS = '{ __type(name: "ExportFormat") { enumValues { name } } }'
START = """
mutation Start($export: ExportInput!) {
  startExport(input: { export: $export }) { exportJob { id } userErrors { message } }
}
"""
FOLLOW = """
subscription Follow($id: ID!) {
  exportJobProgress(id: $id) { id status rowsDone bytes startedAt completedAt error { code message } }
}
"""
DELETE = "mutation Delete($id: ID!) { deleteExport(input: { id: $id }) { userErrors { message } } }"


def formats(server, wanted):
    """Those of `wanted` that this server can write; a build may leave some out."""
    known = {value["name"] for value in server.graphql(FORMATS, {})["__type"]["enumValues"]}
    return [form for form in wanted if form in known]


def start(server, form):
    """Ask for all records; the job's id."""
    started = server.graphql(START, {"export": {"kind": "RECORDS", "format": form}})["startExport"]
    if started["userErrors"]:
        raise SystemExit(f"startExport was refused: {started['userErrors']}")
    return started["exportJob"]["id"]


def finish(server, job_id):
    """Follow a job to its end; its last state."""
    last = None
    for state in events(server, FOLLOW, {"id": job_id}):
        last = state["exportJobProgress"]
    if not last or last["status"] != "COMPLETED":
        raise SystemExit(f"an export job ended as {last}: see {server.log}")
    return last


def events(server, query, variables):
    """What an operation answers over an event stream, until the server says that it is complete."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    headers["Authorization"] = f"Bearer {server.token}"
    request = urllib.request.Request(f"{server.address}/graphql", body, headers)
    with urllib.request.urlopen(request, timeout=600) as answer:
        for line in answer:
            if line.startswith(b"event: complete"):
                return
            if line.startswith(b"data: {"):
                result = json.loads(line[len(b"data: ") :])
                if result.get("errors"):
                    raise SystemExit(f"an event of errors: {result['errors']}")
                yield result["data"]
    raise SystemExit("an event stream that broke off")


def delete(server, job_id):
    """Remove the job and its file."""
    refused = server.graphql(DELETE, {"id": job_id})["deleteExport"]["userErrors"]
    if refused:
        raise SystemExit(f"deleteExport was refused: {refused}")
