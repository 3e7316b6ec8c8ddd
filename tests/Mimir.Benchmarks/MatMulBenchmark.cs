using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Benchmarks;

/// <summary>Speed of the linear layers of small Vision Transformers, beside the machine's peak in the same run.
/// Options: <c>--threads N</c> (default 1), <c>--rows N</c> (only that many rows).</summary>
internal static class MatMulBenchmark
{
    private static readonly (int Inputs, int Outputs)[] s_layers =
    [
        (192, 576), (192, 192), (192, 768), (768, 192), (384, 1152), (384, 384), (384, 1536), (1536, 384),
        (128, 384), (128, 128), (128, 512), (512, 128), (192, 128), (48, 192), (128, 48),
    ];

    /// <summary>Prints the table.</summary>
    public static void Run(string[] args)
    {
        using var device = new HostDevice(Measurement.Option(args, "--threads", 1));
        var only = Measurement.Option(args, "--rows", 0);
        var peak = MachinePeak.GigaflopsPerSecond(device, milliseconds: 300);
        Console.WriteLine($"{device.Description}; peak {peak:F0} GFLOP/s. GFLOP/s and share of peak:");
        Console.WriteLine(
            "rows  inputs outputs |      forward   +bias +gelu   +bias +res |  backward in    in +gelu' |  backward wt | pack GB/s");
        foreach (var rows in only > 0 ? [only] : new[] { 136, 520, 1040 })
        {
            foreach (var (inputs, outputs) in s_layers)
                Measure(device, peak, rows, inputs, outputs);
        }
    }

    private static void Measure(HostDevice device, double peak, int rows, int inputs, int outputs)
    {
        var x = Random(device, rows * inputs);
        var y = Random(device, rows * outputs);
        var other = Random(device, rows * outputs);
        var dX = Random(device, rows * inputs);
        var factor = Random(device, rows * inputs);
        var weight = Random(device, outputs * inputs);
        var bias = Random(device, outputs);
        using var packed = new PackedWeight(device, outputs, inputs);
        packed.Pack(weight);
        var gelu = new LinearEpilogue { Bias = bias, Gelu = true, Derivative = other };
        var residual = new LinearEpilogue { Bias = bias, Residual = other };
        var flops = 2.0 * rows * inputs * outputs;
        string Speed(Action action)
        {
            var speed = flops / Measurement.Median(action) / 1e9;
            return $"{speed,7:F1} {speed / peak,4:P0}";
        }

        var columns = new[]
        {
            Speed(() => MatMul.Forward(x, packed, rows, default, y)),
            Speed(() => MatMul.Forward(x, packed, rows, gelu, y)),
            Speed(() => MatMul.Forward(x, packed, rows, residual, y)),
            Speed(() => MatMul.BackwardInput(y, packed, rows, default, false, dX)),
            Speed(() => MatMul.BackwardInput(y, packed, rows, factor, false, dX)),
            Speed(() => MatMul.BackwardWeight(y, x, rows, outputs, inputs, weight, bias)),
        };
        var pack = 3.0 * sizeof(float) * inputs * outputs / Measurement.Median(() => packed.Pack(weight)) / 1e9;
        Console.WriteLine(
            $"{rows,4} {inputs,7} {outputs,7} | {columns[0]} {columns[1]} {columns[2]} | {columns[3]} {columns[4]} | {columns[5]} "
            + $"| {pack,6:F1}");
        foreach (var span in new[] { x, y, other, dX, factor, weight, bias })
            span.Buffer.Dispose();
    }

    private static DeviceSpan<float> Random(HostDevice device, int count)
    {
        var span = device.Allocate<float>(count);
        var random = new Random(count);
        foreach (ref var value in span.AsSpan())
            value = random.NextSingle() - 0.5f;
        return span;
    }
}
