using System.Runtime.Intrinsics;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>The host's cores, with one SIMD width for all kernels and one thread team.</summary>
public sealed class HostDevice : Device
{
    private readonly long _room = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    private long _held;
    private bool _lanesTaken;

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

    /// <summary>Bytes of the buffers that are not disposed.</summary>
    public long HeldBytes => Interlocked.Read(ref _held);

    /// <summary>The width that every kernel on this device uses.</summary>
    public SimdWidth Width { get; }

    /// <summary>The threads that share a kernel's or a step's work.</summary>
    public ThreadTeam Team { get; }

    /// <inheritdoc/>
    public override int Lanes => Team.Threads;

    /// <inheritdoc/>
    public override BatchCut Cut => BatchCut.ForCores;

    /// <inheritdoc/>
    public override bool PrefersSlabs => true; // large enough for huge pages

    /// <inheritdoc/>
    public override int SimdBits => (int)Width;

    /// <inheritdoc/>
    internal override int LanesOfACall => _lanesTaken ? 1 : Lanes;

    /// <inheritdoc/>
    public override void Run(ITeamWork work, int tasks)
    {
        var taken = _lanesTaken;
        _lanesTaken |= tasks > 1; // a single task leaves the team to the kernels inside it
        try
        {
            Team.Run(work, tasks);
        }
        finally
        {
            _lanesTaken = taken;
        }
    }

    /// <summary>The host that <paramref name="span"/> lies on: the fork that kernel entries take.</summary>
    /// <exception cref="NotSupportedException">The memory lies on a device that has no form of this kernel.</exception>
    internal static HostDevice Of<T>(DeviceSpan<T> span, string entry) where T : unmanaged =>
        span.Device as HostDevice ?? throw new NotSupportedException($"{entry} has no form for {span.Device.Id}");

    /// <summary>Allocates host memory. Linux promises more than it has and ends a process that uses it, so what is held together
    /// may not exceed the memory of the machine or container.</summary>
    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        if (bytes > _room)
            throw NoRoom(bytes);
        try
        {
            return Interlocked.Add(ref _held, bytes) <= _room ? new HostBuffer(this, bytes) : throw NoRoom(bytes);
        }
        catch (OutOfMemoryException)
        {
            Freed(bytes);
            throw;
        }
    }

    /// <summary>Notes that memory was given back.</summary>
    internal void Freed(long bytes) => Interlocked.Add(ref _held, -bytes);

    private OutOfMemoryException NoRoom(long bytes) => new($"{bytes} bytes more do not fit into the {_room} bytes of this machine");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Team.Dispose();
}
