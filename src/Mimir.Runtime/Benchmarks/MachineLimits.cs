using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>The side of the roofline that limits a kernel (Williams et al. 2009).</summary>
public enum Bound
{
    /// <summary>So many operations a byte that the multiply-add units are the limit.</summary>
    Compute,

    /// <summary>So few that bandwidth is.</summary>
    Memory,
}

/// <summary>How fast a kernel ran beside its limit.</summary>
/// <param name="Gflops">GFLOP/s.</param>
/// <param name="GigabytesPerSecond">10^9 bytes a second.</param>
/// <param name="ShareOfPeak">Of the multiply-add peak or of the bandwidth, whichever is the limit.</param>
/// <param name="Bound">Which one that is.</param>
public readonly record struct KernelRate(double Gflops, double GigabytesPerSecond, double ShareOfPeak, Bound Bound);

/// <summary>What this machine does at best, measured in the same run as what is held against it.</summary>
/// <param name="Lanes">Lanes of the device that was probed.</param>
/// <param name="PeakGflops">Multiply-adds of all lanes together, in GFLOP/s.</param>
/// <param name="Levels">Bandwidths, the nearest level first.</param>
public sealed record MachineLimits(int Lanes, double PeakGflops, IReadOnlyList<MemoryLevel> Levels)
{
    /// <summary>Measures them in about a quarter of a second; nothing else may run.</summary>
    public static MachineLimits Probe(Device device) => device is HostDevice host
        ? new MachineLimits(host.Lanes, MachinePeak.GigaflopsPerSecond(host), MemoryLevel.Probe(host))
        : new MachineLimits(
            device.Lanes, GpuPeak.GigaflopsPerSecond(device), [new MemoryLevel("dram", double.PositiveInfinity, GpuPeak.GigabytesPerSecond(device))]);

    /// <summary>The first of them alone, in GFLOP/s.</summary>
    public static double PeakOf(Device device) =>
        device is HostDevice host ? MachinePeak.GigaflopsPerSecond(host) : GpuPeak.GigaflopsPerSecond(device);

    /// <summary>Of two probes of one device the better figures: whatever else runs can only lower them.</summary>
    public MachineLimits Or(MachineLimits other) => this with
    {
        PeakGflops = Math.Max(PeakGflops, other.PeakGflops),
        Levels = [.. Levels.Zip(other.Levels, (a, b) => a.GigabytesPerSecond >= b.GigabytesPerSecond ? a : b)],
    };

    /// <summary>Holds work against the limits. Its bandwidth limit is that of the nearest level that holds a call's bytes.</summary>
    /// <param name="flops">Operations.</param>
    /// <param name="bytes">Bytes read and written.</param>
    /// <param name="seconds">The time that it took.</param>
    /// <param name="lanes">The lanes that it had.</param>
    /// <param name="bytesOfCall">Bytes of one call on one lane.</param>
    public KernelRate Rate(double flops, double bytes, double seconds, int lanes, double bytesOfCall)
    {
        var level = Levels.First(level => bytesOfCall <= level.BytesOfLane);
        var (peak, bandwidth) = (PeakGflops * lanes / Lanes, level.GigabytesPerSecond * lanes / Lanes);
        var (gflops, gigabytes) = (flops / seconds / 1e9, bytes / seconds / 1e9);
        return flops * bandwidth >= bytes * peak
            ? new KernelRate(gflops, gigabytes, gflops / peak, Bound.Compute)
            : new KernelRate(gflops, gigabytes, gigabytes / bandwidth, Bound.Memory);
    }
}
