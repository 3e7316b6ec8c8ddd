using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>Passes over flat arrays of a model's size: the optimiser, and the sums and copies around it.</summary>
internal static class UpdateCases
{
    private const string Note = "parameters of vit_ti";
    private const int Parameters = 5_500_000;
    private const int Segments = 150;

    /// <summary>The cases.</summary>
    public static IEnumerable<KernelCase> All() =>
    [
        .. new[] { 2, 4, 8 }.Select(shards => new KernelCase("AdamW", Note, arrays =>
        {
            var (weights, first, second) = (arrays.Floats(Parameters), arrays.Floats(Parameters), arrays.Floats(Parameters, 0));
            DeviceSpan<float>[] gradients = [.. Enumerable.Range(0, shards).Select(_ => arrays.Floats(Parameters))];
            const long each = Parameters / Segments / 16 * 16; // on cache lines, as a store of parameters lays them out
            AdamWSegment[] segments = [.. Enumerable.Range(0, Segments).Select(i => new AdamWSegment(i * each, each, 1, 0.05f))];

            // From the second call on the gradients are zero; slow decay keeps the moments away from subnormal numbers.
            var settings = new AdamWSettings(1e-4f, 0.999f, 0.9999f, 1e-8f, 100, 1);
            return () => AdamW.Step(weights, gradients, first, second, segments, settings);
        })),
        new("Reduce", Note, arrays =>
        {
            var (source, sum) = (arrays.Floats(Parameters), arrays.Floats(Parameters));
            return () => Reduce.AddInto(source, sum);
        }),
        new("Reduce", Note, arrays =>
        {
            var x = arrays.Floats(Parameters);
            return () => Reduce.SumOfSquares(x);
        }),
        new("Elementwise", Note, arrays =>
        {
            var (a, b, y) = (arrays.Floats(Parameters), arrays.Floats(Parameters), arrays.Floats(Parameters));
            return () => Elementwise.Add(a, b, y);
        }),
        new("Elementwise", Note, arrays =>
        {
            var (x, y) = (arrays.Floats(Parameters), arrays.Floats(Parameters));
            return () => Elementwise.Copy(x, y);
        }),
        new("Elementwise", Note, arrays =>
        {
            var y = arrays.Floats(Parameters);
            return () => Elementwise.Fill(0, y);
        }),
        new("Elementwise", "drop path of vit_ti", arrays =>
        {
            const int Images = 8;
            const int Values = 65 * 192;
            var (x, scales, y) = (arrays.Floats(Images * Values), arrays.Floats(Images), arrays.Floats(Images * Values));
            return () => Elementwise.ScaleRows(x, scales, 1, Values, y);
        }),
    ];
}
