using System.Runtime.Intrinsics;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>The host's cores, with one SIMD width for all kernels and one thread team.</summary>
public sealed class HostDevice : Device
{
    /// <summary>Opens the host.</summary>
    /// <param name="threads">Threads in the team, from 1; 0 takes every processor.</param>
    /// <param name="width">The SIMD width; null takes the widest that this machine accelerates.</param>
    public HostDevice(int threads = 0, SimdWidth? width = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Width = width ?? WidestHere;
        Team = new ThreadTeam(threads == 0 ? Environment.ProcessorCount : threads);
    }

    /// <summary>The widest form of the kernels that the hardware runs.</summary>
    public static SimdWidth WidestHere =>
        Vector512.IsHardwareAccelerated ? SimdWidth.Bits512
        : Vector256.IsHardwareAccelerated ? SimdWidth.Bits256
        : Vector128.IsHardwareAccelerated ? SimdWidth.Bits128
        : SimdWidth.Scalar;

    /// <inheritdoc/>
    public override DeviceId Id => DeviceId.Cpu;

    /// <inheritdoc/>
    public override string Description => $"{Team.Threads} thread{(Team.Threads == 1 ? "" : "s")}, {Width.Describe()}";

    /// <summary>The width that every kernel on this device uses.</summary>
    public SimdWidth Width { get; }

    /// <summary>The threads that share a kernel's or a step's work.</summary>
    public ThreadTeam Team { get; }

    /// <inheritdoc/>
    public override int Lanes => Team.Threads;

    /// <inheritdoc/>
    public override void Run(ITeamWork work, int tasks) => Team.Run(work, tasks);

    /// <summary>The host that <paramref name="span"/> lies on: the fork that kernel entries take.</summary>
    /// <exception cref="NotSupportedException">The memory lies on a device that has no form of this kernel.</exception>
    internal static HostDevice Of<T>(DeviceSpan<T> span, string entry) where T : unmanaged =>
        span.Device as HostDevice ?? throw new NotSupportedException($"{entry} has no form for {span.Device.Id}");

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return new HostBuffer(this, bytes);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Team.Dispose();
}
