namespace Mimir.Kernels.Devices.Driver;

public sealed unsafe partial class CudaDriver
{
    /// <inheritdoc/>
    public DriverResult StreamCreate(out nint stream, StreamFlags flags)
    {
        fixed (nint* result = &stream)
            return _cuda.StreamCreate(result, (uint)flags);
    }

    /// <inheritdoc/>
    public DriverResult StreamDestroy(nint stream) => _cuda.StreamDestroy(stream);

    /// <inheritdoc/>
    public DriverResult StreamSynchronize(nint stream) => _cuda.StreamSynchronize(stream);

    /// <inheritdoc/>
    public DriverResult StreamQuery(nint stream) => _cuda.StreamQuery(stream);

    /// <inheritdoc/>
    public DriverResult StreamWaitEvent(nint stream, nint waited) => _cuda.StreamWaitEvent(stream, waited, 0);

    /// <inheritdoc/>
    public DriverResult EventCreate(out nint created, EventFlags flags)
    {
        fixed (nint* result = &created)
            return _cuda.EventCreate(result, (uint)flags);
    }

    /// <inheritdoc/>
    public DriverResult EventDestroy(nint destroyed) => _cuda.EventDestroy(destroyed);

    /// <inheritdoc/>
    public DriverResult EventRecord(nint recorded, nint stream) => _cuda.EventRecord(recorded, stream);

    /// <inheritdoc/>
    public DriverResult EventSynchronize(nint waited) => _cuda.EventSynchronize(waited);

    /// <inheritdoc/>
    public DriverResult EventElapsedTime(out float milliseconds, nint start, nint end)
    {
        fixed (float* result = &milliseconds)
            return _cuda.EventElapsedTime(result, start, end);
    }

    /// <inheritdoc/>
    public DriverResult StreamBeginCapture(nint stream, CaptureMode mode) => _cuda.StreamBeginCapture(stream, mode);

    /// <inheritdoc/>
    public DriverResult StreamEndCapture(nint stream, out nint graph)
    {
        fixed (nint* result = &graph)
            return _cuda.StreamEndCapture(stream, result);
    }

    /// <inheritdoc/>
    public DriverResult StreamIsCapturing(nint stream, out bool capturing)
    {
        var status = 0;
        var result = _cuda.StreamIsCapturing(stream, &status);
        capturing = status != 0;
        return result;
    }

    /// <inheritdoc/>
    public DriverResult GraphInstantiate(out nint executable, nint graph, ulong flags)
    {
        fixed (nint* result = &executable)
        {
            return _cuda.GraphInstantiateWithFlags is not null
                ? _cuda.GraphInstantiateWithFlags(result, graph, flags)
                : _cuda.GraphInstantiate(result, graph, null, null, 0);
        }
    }

    /// <inheritdoc/>
    public DriverResult GraphLaunch(nint executable, nint stream) => _cuda.GraphLaunch(executable, stream);

    /// <inheritdoc/>
    public DriverResult GraphExecUpdate(nint executable, nint graph)
    {
        if (_cuda.GraphExecUpdateWithInfo is not null)
        {
            CudaEntryPoints.GraphUpdateResult info;
            return _cuda.GraphExecUpdateWithInfo(executable, graph, &info);
        }

        nint errorNode;
        int reason;
        return _cuda.GraphExecUpdate(executable, graph, &errorNode, &reason);
    }

    /// <inheritdoc/>
    public DriverResult GraphExecDestroy(nint executable) => _cuda.GraphExecDestroy(executable);

    /// <inheritdoc/>
    public DriverResult GraphDestroy(nint graph) => _cuda.GraphDestroy(graph);
}
