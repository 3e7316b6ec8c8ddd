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
    /// <summary>Times one case.</summary>
    public static KernelTiming Measure(HostDevice device, MachineLimits limits, KernelCase kernel)
    {
        using var arrays = new CaseArrays(device);
        var action = kernel.Prepare(arrays);
        var call = Hear(device, action);
        var seconds = Measurement.Of(action);
        return new KernelTiming(
            call.Kernel, call.Shape.ToString(), string.Join("; ", new[] { kernel.Note, call.Shape.Form }.Where(part => part.Length > 0)),
            seconds, call.Flops, call.Bytes, limits.Rate(call.Flops, call.Bytes, seconds.Median, device.Lanes, call.Bytes / device.Lanes));
    }

    /// <summary>Runs a call once and returns what it says of itself.</summary>
    internal static KernelCall Hear(HostDevice device, Action action)
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
