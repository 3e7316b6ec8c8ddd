using System.Diagnostics;
using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Runtime.Benchmarks;

/// <summary>Where a kernel's arrays lie, and how fast they come from there.</summary>
/// <param name="Name"><c>l2</c>, <c>l3</c> or <c>dram</c>.</param>
/// <param name="BytesOfLane">What one lane's share of the level holds; infinite for memory.</param>
/// <param name="GigabytesPerSecond">Measured bandwidth of all lanes together, 10^9 bytes read and written a second.</param>
public sealed record MemoryLevel(string Name, double BytesOfLane, double GigabytesPerSecond)
{
    /// <summary>What measures it: our own kernel of STREAM's triad, in place, so that no line is read only to be overwritten and the
    /// bytes counted are the bytes moved.</summary>
    public const string Kernel = "triad a = a + s*b in place (Elementwise.AddScaled), 12 bytes an element";

    private const int Arrays = 2;
    private const int Passes = 3; // a and b are read, a is written
    private const long MostBytes = 1L << 30;
    private const int MemoryOverCache = 4; // arrays so much larger than the last cache that hardly a line is still there
    private const double Seconds = 0.04;
    private const int FewestRuns = 3;

    /// <summary>Measures every level with arrays that fill half of it, each lane with its own, as in a training step.</summary>
    public static IReadOnlyList<MemoryLevel> Probe(HostDevice device)
    {
        var caches = CacheSizes.Here();
        var lastOfLane = caches.Last / device.Lanes;
        var memory = Math.Min(MostBytes, MemoryOverCache * caches.Last) / device.Lanes;
        var levels = new List<MemoryLevel> { new("l2", caches.Second, Bandwidth(device, caches.Second / 2)) };
        if (lastOfLane >= 2 * caches.Second)
            levels.Add(new MemoryLevel("l3", lastOfLane, Bandwidth(device, lastOfLane / 2)));
        levels.Add(new MemoryLevel("dram", double.PositiveInfinity, Bandwidth(device, memory)));
        return levels;
    }

    private static double Bandwidth(HostDevice device, long bytesOfLane)
    {
        using var triad = new Triad(device, bytesOfLane / (Arrays * sizeof(float)));
        device.Run(triad, device.Lanes);
        var best = double.MaxValue;
        var clock = Stopwatch.StartNew();
        for (var run = 0; run < FewestRuns || clock.Elapsed.TotalSeconds < Seconds; run++)
        {
            var start = Stopwatch.GetTimestamp();
            device.Run(triad, device.Lanes);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return triad.Bytes / best / 1e9;
    }

    private sealed class Triad : ITeamWork, IDisposable
    {
        private const long BytesOfTask = 8 << 20; // a task repeats small arrays, so that handing it out costs nothing beside it

        private readonly DeviceSpan<float>[] _arrays;
        private readonly long _elements;
        private readonly int _repeats;

        public Triad(HostDevice device, long elements)
        {
            _elements = elements;
            _repeats = (int)Math.Max(1, BytesOfTask / (Arrays * sizeof(float) * elements));
            _arrays = new DeviceSpan<float>[device.Lanes];
            for (var lane = 0; lane < _arrays.Length; lane++)
            {
                _arrays[lane] = device.Allocate<float>(Arrays * elements);
                Elementwise.Fill(1f, _arrays[lane]);
            }
        }

        public double Bytes => (double)Passes * sizeof(float) * _elements * _repeats * _arrays.Length;

        public void Run(int task, int lane)
        {
            var (a, b) = (_arrays[task].Slice(0, _elements), _arrays[task].Slice(_elements, _elements));
            for (var i = 0; i < _repeats; i++)
                Elementwise.AddScaled(a, b, 0.5f, a);
        }

        public void Dispose()
        {
            foreach (var array in _arrays)
                array.Buffer.Dispose();
        }
    }
}
