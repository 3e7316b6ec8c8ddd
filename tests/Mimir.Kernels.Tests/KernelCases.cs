using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary>What kernel tests share: the devices to run on, guarded memory, seeded data, and one comparison.</summary>
internal static class KernelCases
{
    /// <summary>One device a SIMD width that this machine runs, with two threads, so that partitions are exercised too.</summary>
    public static readonly HostDevice[] Hosts =
    [
        .. new[] { SimdWidth.Scalar, SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512 }
            .Where(width => width <= HostDevice.WidestHere)
            .Select(width => new HostDevice(2, width)),
    ];

    /// <summary>The emulator with every check, once for each order of warps.</summary>
    public static readonly PtxDevice[] Emulators =
        [.. Enum.GetValues<WarpSchedule>().Select(schedule => OpenEmulator(schedule, MatrixPrecision.Float32))];

    /// <summary>The emulator with products on tensor cores.</summary>
    public static readonly PtxDevice[] TensorCoreEmulators =
        [OpenEmulator(WarpSchedule.Adversarial, MatrixPrecision.TensorFloat32), OpenEmulator(WarpSchedule.Random, MatrixPrecision.BFloat16)];

    /// <summary>The card of this machine; none on most.</summary>
    public static readonly PtxDevice[] Cards = OpenCard();

    /// <summary>Every device that kernels must be right on. Processes with narrower vectors run the hosts only: they are what differs.</summary>
    public static IEnumerable<Device> Devices => Program.IsNarrow ? Hosts : [.. Hosts, .. Emulators, .. Cards];

    /// <summary>As <see cref="Devices"/>, and the tensor cores: for families with products.</summary>
    public static IEnumerable<Device> DevicesOfEveryPrecision => Program.IsNarrow ? Hosts : [.. Devices, .. TensorCoreEmulators];

    /// <summary>The widest device with another number of threads.</summary>
    public static HostDevice WithThreads(int threads) => new(threads);

    /// <summary>Seeded values in [−1, 1).</summary>
    public static float[] Values(long count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(random.NextDouble() * 2 - 1);
        return values;
    }

    /// <summary>Copies values to the device, into guarded memory. The emulator's reports call it as the caller does.</summary>
    public static Guarded Place(this Device device, float[] values, [CallerArgumentExpression(nameof(values))] string name = "") =>
        new(device, values, name);

    /// <summary>Guarded memory that nobody wrote to: the emulator reports a kernel or a test that reads it; elsewhere it is full of sentinels.</summary>
    public static Guarded Empty(this Device device, long count) => new(device, count);

    private static PtxDevice OpenEmulator(WarpSchedule schedule, MatrixPrecision precision) =>
        PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All, Schedule = schedule, Seed = 1 }, precision);

    private static PtxDevice[] OpenCard()
    {
        try
        {
            return [PtxDevice.OpenCuda()];
        }
        catch (DeviceException)
        {
            return []; // CardTests says why
        }
    }

    /// <summary>Requires |actual − expected| ≤ absolute + relative·|expected| for every element; reports the worst one.</summary>
    public static void AssertClose(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double absolute, double relative, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), what);
        var worst = -1;
        var excess = 0.0;
        for (var i = 0; i < actual.Length; i++)
        {
            var over = Math.Abs(actual[i] - expected[i]) - absolute - relative * Math.Abs(expected[i]);
            if (!(over <= 0) && (worst < 0 || !(over <= excess)))
                (worst, excess) = (i, over);
        }

        if (worst >= 0)
            Assert.Fail($"{what}: element {worst} of {actual.Length} is {actual[worst]:R}, expected {expected[worst]:R}");
    }

    /// <summary>Float32 in <see cref="GuardedArray{T}"/>.</summary>
    internal sealed class Guarded : GuardedArray<float>
    {
        public Guarded(Device device, float[] values, string name)
            : base(device, values, name)
        {
        }

        public Guarded(Device device, long count)
            : base(device, checked((int)count))
        {
        }
    }
}
