using System.Diagnostics;
using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Benchmarks;

/// <summary>Bandwidth of the kernels that read and write whole rows, in the second-level cache and in memory. Bytes are those that a
/// call must at least move, as its <see cref="IKernelListener"/> hears them; a store that first reads its line costs more.</summary>
public static class RowsBenchmark
{
    private const int Channels = 192;
    private const int CachedRows = 256; // 192 KiB an array: up to four arrays fit 1 MiB
    private const int MemoryRows = 131_072; // 96 MiB an array

    /// <summary>Prints a table.</summary>
    /// <param name="args"><c>--threads N</c> (default 1) and <c>--width 32|128|256|512</c> (default the widest).</param>
    public static void Run(string[] args)
    {
        var threads = Option(args, "--threads", 1);
        var width = (SimdWidth)Option(args, "--width", (int)HostDevice.WidestHere);
        using var host = new HostDevice(threads, width);
        Console.WriteLine($"{host.Description}; {Channels} channels; GB/s (10^9), best of repeated runs");
        Console.WriteLine($"| kernel | {CachedRows} rows (L2) | {MemoryRows} rows (memory) |");
        Console.WriteLine("| --- | ---: | ---: |");
        using Case cached = new(host, CachedRows), memory = new(host, MemoryRows);
        foreach (var (name, kernel) in s_kernels)
            Console.WriteLine($"| {name} | {cached.Measure(kernel),6:F1} | {memory.Measure(kernel),6:F1} |");
    }

    private static readonly (string Name, Action<Case> Kernel)[] s_kernels =
    [
        ("Elementwise.Copy", c => Elementwise.Copy(c.A, c.C)),
        ("Elementwise.Scale", c => Elementwise.Scale(c.A, 1.5f, c.C)),
        ("Elementwise.Add", c => Elementwise.Add(c.A, c.B, c.C)),
        ("Elementwise.ScaleRows", c => Elementwise.ScaleRows(c.A, c.RowValues, 1, Channels, c.C)),
        ("Reduce.AddInto", c => Reduce.AddInto(c.A, c.B)),
        ("Reduce.Sum", c => Reduce.Sum(c.A)),
        ("Reduce.SumOfSquares", c => Reduce.SumOfSquares(c.A)),
        ("Reduce.AllFinite", c => Reduce.AllFinite(c.A)),
        ("Gelu.Forward", c => Gelu.Forward(c.A, c.C)),
        ("Gelu.Backward", c => Gelu.Backward(c.B, c.A, c.C)),
        ("LayerNorm.Forward", c => LayerNorm.Forward(c.A, c.Weight, c.Weight, c.Rows, Channels, 1e-6f, c.C, c.Mean, c.Rstd)),
        ("LayerNorm.Backward, dX only", c => LayerNorm.Backward(
            c.C, c.A, c.Weight, c.Mean, c.Rstd, c.Rows, Channels, default, c.D, default, default)),
        ("LayerNorm.Backward, all", c => LayerNorm.Backward(
            c.C, c.A, c.Weight, c.Mean, c.Rstd, c.Rows, Channels, c.D, c.D, c.DWeight, c.DBias)),
        ("CrossEntropy.Forward", c => CrossEntropy.Forward(c.A, c.Labels, c.Rows, Channels, 0.1f, c.RowValues)),
        ("CrossEntropy.Backward", c => CrossEntropy.Backward(c.A, c.Labels, c.Rows, Channels, 0.1f, 1f, c.C)),
    ];

    private static int Option(string[] args, string name, int otherwise)
    {
        var i = Array.IndexOf(args, name);
        return i >= 0 ? int.Parse(args[i + 1]) : otherwise;
    }

    /// <summary>The arrays of one size, and the clock.</summary>
    private sealed class Case : IDisposable, IKernelListener
    {
        private readonly HostDevice _host;
        private readonly List<DeviceBuffer> _buffers = [];
        private double _bytes;

        public Case(HostDevice host, int rows)
        {
            (_host, Rows) = (host, rows);
            var random = new Random(1);
            var elements = (long)rows * Channels;
            (A, B, C, D) = (Floats(elements, random), Floats(elements, random), Floats(elements, random), Floats(elements, random));
            (Weight, DWeight, DBias) = (Floats(Channels, random), Floats(Channels, random), Floats(Channels, random));
            (Mean, Rstd, RowValues) = (Floats(rows, random), Floats(rows, random), Floats(rows, random));
            Labels = host.Allocate<int>(rows);
            Labels.Clear();
            _buffers.Add(Labels.Buffer);
        }

        public int Rows { get; }

        public DeviceSpan<float> A { get; }

        public DeviceSpan<float> B { get; }

        public DeviceSpan<float> C { get; }

        public DeviceSpan<float> D { get; }

        public DeviceSpan<float> Weight { get; }

        public DeviceSpan<float> DWeight { get; }

        public DeviceSpan<float> DBias { get; }

        public DeviceSpan<float> Mean { get; }

        public DeviceSpan<float> Rstd { get; }

        public DeviceSpan<float> RowValues { get; }

        public DeviceSpan<int> Labels { get; }

        /// <summary>Best bandwidth in 10^9 bytes a second of runs within 300 ms, three at least.</summary>
        public double Measure(Action<Case> kernel)
        {
            _host.Listener = this;
            kernel(this);
            _host.Listener = null;
            var best = double.MaxValue;
            var clock = Stopwatch.StartNew();
            for (var run = 0; run < 3 || clock.ElapsedMilliseconds < 300; run++)
            {
                var start = Stopwatch.GetTimestamp();
                kernel(this);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return _bytes / best / 1e9;
        }

        public void OnKernel(string kernel, double flops, double bytes, long startTicks, long endTicks, int lane) => _bytes = bytes;

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

        private DeviceSpan<float> Floats(long count, Random random)
        {
            var span = _host.Allocate<float>(count);
            _buffers.Add(span.Buffer);
            foreach (ref var value in span.AsSpan())
                value = random.NextSingle() * 6 - 3;
            return span;
        }
    }
}
