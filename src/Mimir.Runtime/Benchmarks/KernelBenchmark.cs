using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>A timed kernel.</summary>
/// <param name="Kernel">Family and entry.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Note">Its place in a model, and what is fused into it.</param>
/// <param name="Seconds">One call.</param>
/// <param name="Flops">Operations of a call.</param>
/// <param name="Bytes">Bytes of a call.</param>
/// <param name="Rate">At the median time, by all lanes together.</param>
public sealed record KernelTiming(string Kernel, string Shape, string Note, Measurement Seconds, double Flops, double Bytes, KernelRate Rate);

/// <summary>Times kernel cases one by one.</summary>
public static class KernelBenchmark
{
    /// <summary>Times cases. The limits are the better ones of two probes, before and after.</summary>
    /// <param name="device">Where.</param>
    /// <param name="cases">What.</param>
    /// <param name="progress">Told of the case that is about to be timed: how many are done, and which comes.</param>
    /// <param name="cancellation">Stops between cases.</param>
    public static (MachineLimits Limits, IReadOnlyList<KernelTiming> Timings) Run(
        Device device, IReadOnlyList<KernelCase> cases, Action<int, KernelCase> progress, CancellationToken cancellation)
    {
        var before = MachineLimits.Probe(device);
        var measured = new List<(KernelCall Call, string Note, Measurement Seconds)>();
        foreach (var one in cases)
        {
            cancellation.ThrowIfCancellationRequested();
            progress(measured.Count, one);
            using var arrays = new CaseArrays(device);
            var action = one.Prepare(arrays);
            var call = Hear(device, action);
            var parts = new[] { one.Note, call.Shape.Form }.Where(part => part.Length > 0);
            measured.Add((call, string.Join("; ", parts), Measurement.Of(device, action)));
        }

        var limits = before.Or(MachineLimits.Probe(device));
        return (limits, [.. measured.Select(m => new KernelTiming(
            m.Call.Kernel, m.Call.Shape.ToString(), m.Note, m.Seconds, m.Call.Flops, m.Call.Bytes,
            limits.Rate(m.Call.Flops, m.Call.Bytes, m.Seconds.Median, device.Lanes, m.Call.Bytes / device.Lanes)))]);
    }

    /// <summary>Runs a call once and returns what it says of itself.</summary>
    internal static KernelCall Hear(Device device, Action action)
    {
        var ear = new Ear();
        device.Listener = ear;
        try
        {
            action();
        }
        finally
        {
            device.Listener = null;
        }

        return ear.Calls.Single();
    }

    private sealed class Ear : IKernelListener
    {
        public List<KernelCall> Calls { get; } = [];

        public void OnKernel(in KernelCall call)
        {
            lock (Calls)
                Calls.Add(call);
        }
    }
}
