namespace Mimir.Kernels.Devices.Driver.Emulated;

public sealed partial class EmulatedDriver
{
    private readonly HandleTable<EmulatedStream> _streams = new(3);
    private readonly HandleTable<EmulatedEvent> _events = new(4);
    private readonly HandleTable<EmulatedGraph> _graphs = new(5);
    private readonly HandleTable<EmulatedExecutable> _executables = new(6);
    private EmulatedStream _legacy = new(isBlocking: true);

    private IEnumerable<EmulatedCapture> Captures => _streams.Values.Select(stream => stream.Capture).OfType<EmulatedCapture>().Distinct();

    /// <inheritdoc/>
    public DriverResult StreamCreate(out nint stream, StreamFlags flags)
    {
        stream = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            stream = _streams.Add(new EmulatedStream(isBlocking: flags == StreamFlags.Default));
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult StreamDestroy(nint stream)
    {
        lock (_lock)
            return Status is not DriverResult.Success and var bad ? bad : _streams.Remove(stream) is null ? DriverResult.InvalidHandle : DriverResult.Success;
    }

    /// <inheritdoc/>
    public DriverResult StreamSynchronize(nint stream)
    {
        lock (_lock)
            return Status is not DriverResult.Success and var bad ? bad : ForbidInCaptureOf(stream, "a wait for the stream");
    }

    /// <inheritdoc/>
    public DriverResult StreamQuery(nint stream)
    {
        lock (_lock)
            return Status is not DriverResult.Success and var bad ? bad : ForbidInCaptureOf(stream, "a query of the stream");
    }

    /// <inheritdoc/>
    public DriverResult StreamWaitEvent(nint stream, nint waited)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (StreamOf(stream) is not { } waiting || _events.Find(waited) is not { } found)
                return DriverResult.InvalidHandle;
            if (found.Capture is { } capture)
            {
                if (waiting == capture.Origin)
                    capture.Forked[found.Stream!] = found.Submitted;
                else if (waiting.Capture is null && capture.Forked.TryAdd(waiting, -1))
                    waiting.Capture = capture;
                return waiting.Capture == capture ? DriverResult.Success : DriverResult.StreamCaptureMerge;
            }

            if (waiting.Capture is { } own)
                return Invalidate(own, DriverResult.StreamCaptureIsolation, "a wait for an event from outside of the capture");
            waiting.Clock = Math.Max(waiting.Clock, found.Time ?? 0);
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult EventCreate(out nint created, EventFlags flags)
    {
        created = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            created = _events.Add(new EmulatedEvent(!flags.HasFlag(EventFlags.DisableTiming)));
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult EventDestroy(nint destroyed)
    {
        lock (_lock)
            return Status is not DriverResult.Success and var bad ? bad : _events.Remove(destroyed) is null ? DriverResult.InvalidHandle : DriverResult.Success;
    }

    /// <inheritdoc/>
    public DriverResult EventRecord(nint recorded, nint stream)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_events.Find(recorded) is not { } found || StreamOf(stream) is not { } in_)
                return DriverResult.InvalidHandle;
            (found.Stream, found.Capture) = (in_, in_.Capture);
            var result = Submit(stream, new EmulatedCommand("event", () =>
            {
                found.Time = in_.Clock;
                return DriverResult.Success;
            }));
            found.Submitted = in_.Submitted;
            return result;
        }
    }

    /// <inheritdoc/>
    public DriverResult EventSynchronize(nint waited)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            return _events.Find(waited) is not { } found ? DriverResult.InvalidHandle
                : found.Capture is null ? DriverResult.Success
                : DriverResult.CapturedEvent;
        }
    }

    /// <inheritdoc/>
    public DriverResult EventElapsedTime(out float milliseconds, nint start, nint end)
    {
        milliseconds = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_events.Find(start) is not { Measures: true, Time: { } from } || _events.Find(end) is not { Measures: true, Time: { } to })
                return DriverResult.InvalidHandle;
            milliseconds = (float)(1e3 * (to - from));
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult StreamBeginCapture(nint stream, CaptureMode mode)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (stream == 0)
                return Fail(DriverResult.StreamCaptureUnsupported, "stream 0 cannot be captured");
            if (StreamOf(stream) is not { } found)
                return DriverResult.InvalidHandle;
            if (found.Capture is not null)
                return Fail(DriverResult.IllegalState, "the stream is being captured already");
            found.Capture = new EmulatedCapture(found, mode);
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult StreamEndCapture(nint stream, out nint graph)
    {
        graph = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (StreamOf(stream) is not { } found)
                return DriverResult.InvalidHandle;
            if (found.Capture is not { } capture)
                return Fail(DriverResult.IllegalState, "the stream is not being captured");
            if (capture.Origin != found)
                return Invalidate(capture, DriverResult.StreamCaptureUnmatched, "the end of a capture in a stream that forked off it");
            foreach (var forked in capture.Forked.Keys)
                forked.Capture = null;
            found.Capture = null;
            if (capture.IsInvalidated || capture.IsUnjoined)
            {
                FreeMemoryOf(capture.Graph);
                return capture.IsInvalidated ? DriverResult.StreamCaptureInvalidated : DriverResult.StreamCaptureUnjoined;
            }

            capture.Graph.Users = 1;
            graph = _graphs.Add(capture.Graph);
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult StreamIsCapturing(nint stream, out bool capturing)
    {
        lock (_lock)
        {
            capturing = StreamOf(stream)?.Capture is not null;
            return Status;
        }
    }

    /// <inheritdoc/>
    public DriverResult GraphInstantiate(out nint executable, nint graph, ulong flags)
    {
        executable = 0;
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_graphs.Find(graph) is not { } found)
                return DriverResult.InvalidHandle;
            found.Users++;
            executable = _executables.Add(new EmulatedExecutable(found));
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult GraphLaunch(nint executable, nint stream)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_executables.Find(executable) is not { } found)
                return DriverResult.InvalidHandle;
            return Submit(stream, new EmulatedCommand("graph", () =>
            {
                foreach (var command in found.Graph.Commands)
                {
                    if (command.Run() is not DriverResult.Success and var failed)
                        return failed;
                }

                return DriverResult.Success;
            }));
        }
    }

    /// <inheritdoc/>
    public DriverResult GraphExecUpdate(nint executable, nint graph)
    {
        lock (_lock)
        {
            if (Status is not DriverResult.Success and var bad)
                return bad;
            if (_executables.Find(executable) is not { } updated || _graphs.Find(graph) is not { } source)
                return DriverResult.InvalidHandle;
            if (!updated.Graph.HasFormOf(source))
                return DriverResult.GraphExecUpdateFailure;
            Drop(updated.Graph);
            source.Users++;
            updated.Graph = source;
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult GraphExecDestroy(nint executable)
    {
        lock (_lock)
            return Status is not DriverResult.Success and var bad ? bad : Drop(_executables.Remove(executable)?.Graph);
    }

    /// <inheritdoc/>
    public DriverResult GraphDestroy(nint graph)
    {
        lock (_lock)
            return Status is not DriverResult.Success and var bad ? bad : Drop(_graphs.Remove(graph));
    }

    private DriverResult Drop(EmulatedGraph? graph)
    {
        if (graph is null)
            return DriverResult.InvalidHandle;
        if (--graph.Users == 0)
            FreeMemoryOf(graph);
        return DriverResult.Success;
    }

    private void FreeMemoryOf(EmulatedGraph graph)
    {
        foreach (var address in graph.Memory)
            Free(address);
        graph.Memory.Clear();
    }

    private EmulatedStream? StreamOf(nint stream) => stream == 0 ? _legacy : _streams.Find(stream);

    /// <summary>Does work, or records it where its stream is being captured.</summary>
    private DriverResult Submit(nint stream, EmulatedCommand command)
    {
        if (StreamOf(stream) is not { } found)
            return DriverResult.InvalidHandle;
        if (stream == 0 && Captures.FirstOrDefault(capture => capture.Origin.IsBlocking) is { } hindered)
            return Invalidate(hindered, DriverResult.StreamCaptureImplicit, $"{command.Form} in stream 0");
        found.Submitted++;
        if (found.Capture is not { } own)
            return command.Run();
        if (own.IsInvalidated)
            return DriverResult.StreamCaptureInvalidated;
        own.Graph.Commands.Add(command);
        return DriverResult.Success;
    }

    /// <summary>Ends the captures that a call could interfere with.</summary>
    private DriverResult ForbidInCapture(string call)
    {
        var result = DriverResult.Success;
        foreach (var capture in Captures.Where(capture => capture.Mode != CaptureMode.Relaxed))
            result = Invalidate(capture, DriverResult.StreamCaptureUnsupported, call);
        return result;
    }

    private DriverResult ForbidInCaptureOf(nint stream, string call) =>
        StreamOf(stream) is not { } found ? DriverResult.InvalidHandle
        : found.Capture is { } capture ? Invalidate(capture, DriverResult.StreamCaptureUnsupported, call)
        : DriverResult.Success;

    private DriverResult Invalidate(EmulatedCapture capture, DriverResult result, string call)
    {
        capture.IsInvalidated = true;
        return Fail(result, call);
    }
}
