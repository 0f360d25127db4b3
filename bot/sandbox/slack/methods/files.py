"""`files.*`: an upload in three steps – ask for a URL, post the bytes there, share (https://docs.slack.dev/messaging/working-with-files)."""

from __future__ import annotations

from bot.sandbox.slack import posting
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.methods.args import Args, joined
from bot.sandbox.slack.methods.chat import thread_root
from bot.sandbox.slack.posting import Draft
from bot.sandbox.slack.shapes import file_json
from bot.sandbox.slack.text import normalise
from bot.sandbox.slack.values import JSON, File, SlackError
from bot.sandbox.slack.workspace import Workspace


def get_upload_url_external(world: Workspace, args: Args) -> JSON:
    size = args.whole("length", 0)
    if size <= 0:
        raise SlackError("invalid_arguments")
    name = args.text("filename")
    file = File(new_id("F"), name, name, size, world.bot.id)
    world.state.files[file.id] = file
    return {"upload_url": f"{world.base_url}/slack/upload/{file.id}", "file_id": file.id}


def receive(world: Workspace, file_id: str, content: bytes) -> bool:
    """The second step: keep the bytes. `False` if nobody asked for the upload or its length differs."""
    file = world.state.files.get(file_id)
    if file is None or file.uploaded or len(content) != file.size:
        return False
    file.uploaded = True
    world.state.contents[file_id] = content.hex()
    world.state.store.put("content", file_id, {"hex": content.hex()})
    world.state.store.put("file", file_id, file)
    return True


def complete_upload_external(world: Workspace, args: Args) -> JSON:
    given = args.structure("files")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise SlackError("invalid_arguments")
    files = [_finished(world, one) for one in given]
    channels = [joined(world, one) for one in [*args.names("channel_id"), *args.names("channels")]]
    for channel in channels:
        draft = Draft(normalise(args.text("initial_comment")), subtype="file_share", files=[one.id for one in files])
        posting.post(world, channel, world.bot, draft, thread=thread_root(world, channel, args.optional("thread_ts")))
    for file in files:
        file.shared = bool(channels)
        world.state.store.put("file", file.id, file)
    return {"files": [file_json(world.state, one) for one in files]}


def _finished(world: Workspace, given: JSON) -> File:
    file = world.state.files.get(str(given.get("id")))
    if file is None or not file.uploaded:
        raise SlackError("file_not_found")
    file.title = str(given.get("title") or file.name)
    return file


def info(world: Workspace, args: Args) -> JSON:
    file = world.state.files.get(args.text("file"))
    if file is None or not file.uploaded:
        raise SlackError("file_not_found")
    return {"file": file_json(world.state, file)}
