using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary>What kernel tests share: the devices to run on, guarded memory, seeded data, and one comparison.</summary>
internal static class KernelCases
{
    private const float Sentinel = -12345.678f;
    private const int Guard = 32;

    /// <summary>One device a SIMD width that this machine runs, with two threads, so that partitions are exercised too.</summary>
    public static readonly HostDevice[] Hosts =
    [
        .. new[] { SimdWidth.Scalar, SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512 }
            .Where(width => width <= HostDevice.WidestHere)
            .Select(width => new HostDevice(2, width)),
    ];

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

    /// <summary>Copies values to the device, with sentinels on both sides.</summary>
    public static Guarded Place(this HostDevice device, float[] values) => new(device, values);

    /// <summary>Uninitialised-looking memory (a sentinel in every element), with sentinels on both sides.</summary>
    public static Guarded Empty(this HostDevice device, long count)
    {
        var values = new float[count];
        Array.Fill(values, Sentinel);
        return new Guarded(device, values);
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

    /// <summary>Device memory between two runs of sentinels.</summary>
    internal sealed class Guarded : IDisposable
    {
        private readonly DeviceSpan<float> _whole;

        public Guarded(HostDevice device, float[] values)
        {
            _whole = device.Allocate<float>(values.Length + 2 * Guard);
            _whole.AsSpan().Fill(Sentinel);
            Span = _whole.Slice(Guard, values.Length);
            Span.CopyFrom(values);
        }

        /// <summary>The memory under test.</summary>
        public DeviceSpan<float> Span { get; }

        public static implicit operator DeviceSpan<float>(Guarded guarded) => guarded.Span;

        /// <summary>The values, after a check that no sentinel was touched.</summary>
        public float[] Values()
        {
            var all = _whole.ToArray();
            for (var i = 0; i < Guard; i++)
            {
                Assert.That(all[i], Is.EqualTo(Sentinel), $"write {Guard - i} elements before the span");
                Assert.That(all[^(i + 1)], Is.EqualTo(Sentinel), $"write {Guard - i} elements behind the span");
            }

            return Span.ToArray();
        }

        public void Dispose() => _whole.Buffer.Dispose();
    }
}
