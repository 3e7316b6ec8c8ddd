using System.Diagnostics;
using Mimir.Kernels.Devices;

namespace Mimir.Benchmarks;

/// <summary>Adds up what a device's kernels did, by kernel.</summary>
internal sealed class KernelTimes : IKernelListener
{
    private readonly Dictionary<string, Row> _rows = [];

    /// <inheritdoc/>
    public void OnKernel(string kernel, double flops, double bytes, long startTicks, long endTicks, int lane)
    {
        lock (_rows)
        {
            var row = _rows.GetValueOrDefault(kernel);
            _rows[kernel] = new Row(
                row.Calls + 1, row.Seconds + (endTicks - startTicks) / (double)Stopwatch.Frequency, row.Flops + flops, row.Bytes + bytes);
        }
    }

    /// <summary>Prints a table, the longest first. Seconds are summed over the lanes.</summary>
    /// <param name="peakOfLane">GFLOP/s of one lane's multiply-adds.</param>
    public void Print(double peakOfLane)
    {
        var total = _rows.Values.Sum(row => row.Seconds);
        Console.WriteLine("| kernel | calls | ms | share of time | GFLOP/s a lane | share of peak | GB/s a lane |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (kernel, row) in _rows.OrderByDescending(entry => entry.Value.Seconds))
        {
            var gigaflops = row.Flops / row.Seconds / 1e9;
            Console.WriteLine(
                $"| {kernel} | {row.Calls} | {row.Seconds * 1e3:F1} | {row.Seconds / total:P1} | {gigaflops:F1} | {gigaflops / peakOfLane:P0} | {row.Bytes / row.Seconds / 1e9:F1} |");
        }
    }

    private readonly record struct Row(int Calls, double Seconds, double Flops, double Bytes);
}
