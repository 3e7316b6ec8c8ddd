using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>What attacks do to a batch of CIFAR-10 between two evaluations of the model, an image a row.</summary>
internal static class AttackCases
{
    private const int Rows = 128;
    private const int Values = 3072;

    /// <summary>The cases.</summary>
    public static IEnumerable<KernelCase> All() =>
    [
        new("ApgdStep", "", arrays =>
        {
            var (natural, noise, points) = (Images(arrays), Images(arrays), Images(arrays));
            return () => ApgdStep.Start(natural, noise, Rows, Values, 8f / 255, points);
        }),
        new("ApgdStep", "", arrays =>
        {
            var (gradient, natural, previous, points) = (Images(arrays), Images(arrays), Images(arrays), Images(arrays));
            var (steps, shares) = (arrays.Floats(Rows, 0), arrays.Floats(Rows, 0));
            return () => ApgdStep.Linf(gradient, natural, steps, shares, Rows, Values, 8f / 255, previous, points);
        }),
        new("ApgdStep", "", arrays =>
        {
            var (gradient, natural, previous, points) = (Images(arrays), Images(arrays), Images(arrays), Images(arrays));
            var (steps, shares) = (arrays.Floats(Rows, 0), arrays.Floats(Rows, 0));
            return () => ApgdStep.L2(gradient, natural, steps, shares, Rows, Values, 0.5f, previous, points);
        }),
        new("Rows", "half of them", arrays =>
        {
            var (source, destination, chosen) = (Images(arrays), Images(arrays), arrays.Zeros<int>(Rows));
            chosen.CopyFrom([.. Enumerable.Range(0, Rows).Select(row => row % 2)]);
            return () => Kernels.Rows.Select(chosen, source, Rows, Values, destination);
        }),
        Distances(linf: true),
        Distances(linf: false),
        new("Rows", "", arrays =>
        {
            var (center, points, factors) = (Images(arrays), Images(arrays), arrays.Floats(Rows, 0));
            return () => Kernels.Rows.Blend(center, factors, Rows, Values, points);
        }),
    ];

    private static KernelCase Distances(bool linf) => new("Rows", "", arrays =>
    {
        var (a, b, distances) = (Images(arrays), Images(arrays), arrays.Floats(Rows));
        return () => Kernels.Rows.Distances(linf, a, b, Rows, Values, distances);
    });

    private static DeviceSpan<float> Images(CaseArrays arrays) => arrays.Floats(Rows * Values, 0);
}
