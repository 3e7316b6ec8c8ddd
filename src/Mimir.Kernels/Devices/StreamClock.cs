using System.Diagnostics;
using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Devices;

/// <summary>Times work in a stream by the device's own clock: by events before and behind it. Measurements may nest.</summary>
internal sealed class StreamClock(PtxContext context) : IDisposable
{
    private readonly List<(nint Start, nint End)> _pairs = [];
    private int _depth;

    /// <summary>Begins a measurement.</summary>
    /// <returns>The host's time, in ticks.</returns>
    public long Start()
    {
        context.Enter();
        if (_depth == _pairs.Count)
            _pairs.Add((Create(), Create()));
        Record(_pairs[_depth++].Start);
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Ends the last measurement and waits for what was started in it.</summary>
    /// <returns>What the device took, in the host's ticks.</returns>
    public long Stop()
    {
        var (start, end) = _pairs[--_depth];
        Record(end);
        context.Require(context.Driver.EventSynchronize(end), "cuEventSynchronize");
        context.Require(context.Driver.EventElapsedTime(out var milliseconds, start, end), "cuEventElapsedTime");
        return (long)(milliseconds * 1e-3 * Stopwatch.Frequency);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (start, end) in _pairs)
        {
            _ = context.Driver.EventDestroy(start);
            _ = context.Driver.EventDestroy(end);
        }

        _pairs.Clear();
    }

    private nint Create()
    {
        context.Require(context.Driver.EventCreate(out var created, EventFlags.Default), "cuEventCreate");
        return created;
    }

    private void Record(nint recorded) => context.Require(context.Driver.EventRecord(recorded, context.Stream), "cuEventRecord");
}
