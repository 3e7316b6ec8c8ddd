using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>Losses of images, Gram matrices, attack steps and random numbers; a whole batch of CIFAR-10.</summary>
internal static class ImageCases
{
    private const int Batch = 128;
    private const int Patches = 64;
    private const int Values = 48;
    private const int Pixels = 3072;
    private const int Latents = 17 * 192;
    private const float Eps = 8f / 255;
    private const float Alpha = 2f / 255;

    /// <summary>The cases.</summary>
    public static IEnumerable<KernelCase> All() =>
    [
        .. Loss(normalise: false), .. Loss(normalise: true), .. Gram("pixels", Pixels), .. Gram("latents of vit_ti", Latents),
        .. Fab(linf: true), .. Fab(linf: false), .. Square(), Tanh(),
        new("LinfStep", "", arrays =>
        {
            var (images, noise, adversarial) = (Images(arrays), Images(arrays), Images(arrays));
            return () => LinfStep.Start(images, noise, adversarial);
        }),
        new("LinfStep", "", arrays =>
        {
            var (images, gradient, adversarial) = (Images(arrays), Images(arrays), Images(arrays));
            return () => LinfStep.Step(gradient, images, Eps, Alpha, adversarial);
        }),
        new("L2Step", "", arrays =>
        {
            var (images, noise, adversarial, radius) = (Images(arrays), Images(arrays), Images(arrays), arrays.Floats(Batch, 0));
            return () => L2Step.Start(images, noise, radius, Batch, Pixels, 0.5f, adversarial);
        }),
        new("L2Step", "", arrays =>
        {
            var (images, gradient, adversarial) = (Images(arrays), Images(arrays), Images(arrays));
            return () => L2Step.Step(gradient, images, Batch, Pixels, 0.5f, 0.1f, adversarial);
        }),
        new("Philox", "", arrays =>
        {
            var y = Images(arrays);
            return () => Philox.Uniform(1, 2, 0, -Eps, Eps, y);
        }),
        new("Philox", "", arrays =>
        {
            var y = Images(arrays);
            return () => Philox.Normal(1, 2, 0, 0, 1, y);
        }),
    ];

    private static IEnumerable<KernelCase> Fab(bool linf)
    {
        const string Family = "FabStep";
        return
        [
            new(Family, "", arrays =>
            {
                var (points, normals, offsets, moves) = (Images(arrays), arrays.Floats(Batch * Pixels), arrays.Floats(Batch), Images(arrays));
                return () => FabStep.Project(linf, points, normals, offsets, Batch, Pixels, moves);
            }),
            new(Family, "", arrays =>
            {
                var (natural, normals, differences, points) = (Images(arrays), arrays.Floats(Batch * Pixels), arrays.Floats(Batch), Images(arrays));
                return () => FabStep.Advance(linf, normals, differences, natural, Batch, Pixels, 0.1f, 1.05f, points);
            }),
        ];
    }

    private static IEnumerable<KernelCase> Square()
    {
        const string Family = "SquareStep";
        const int Channels = 3;
        const int Side = 32;
        DeviceSpan<int> Windows(CaseArrays arrays, ReadOnlySpan<int> window)
        {
            var all = new int[Batch * window.Length];
            for (var i = 0; i < all.Length; i++)
                all[i] = window[i % window.Length];
            var windows = arrays.Zeros<int>(all.Length);
            windows.CopyFrom(all);
            return windows;
        }

        return
        [
            new(Family, "", arrays =>
            {
                var (natural, signs, points) = (Images(arrays), arrays.Floats(Batch * Channels * Side), Images(arrays));
                return () => SquareStep.Stripes(natural, signs, Batch, Channels, Side, Side, Eps, points);
            }),
            new(Family, "", arrays =>
            {
                var (natural, best, candidates, signs) = (Images(arrays), Images(arrays), Images(arrays), arrays.Floats(Batch * Channels));
                var windows = Windows(arrays, [7, 11, 3]);
                return () => SquareStep.Linf(natural, best, windows, signs, Batch, Channels, Side, Side, Eps, candidates);
            }),
            new(Family, "", arrays =>
            {
                var tiles = SquareStep.TilesOf(Side, Side);
                var (natural, points, signs) = (Images(arrays), Images(arrays), arrays.Floats(Batch * Channels * tiles));
                var transposed = arrays.Zeros<int>(Batch * tiles);
                return () => SquareStep.Tiles(natural, signs, transposed, Batch, Channels, Side, Side, 0.5f, points);
            }),
            new(Family, "", arrays =>
            {
                var (natural, best, candidates, signs) = (Images(arrays), Images(arrays), Images(arrays), arrays.Floats(Batch * Channels));
                var windows = Windows(arrays, [7, 11, 3, 20, 21, 1]);
                return () => SquareStep.L2(natural, best, windows, signs, Batch, Channels, Side, Side, 0.5f, candidates);
            }),
        ];
    }

    private static KernelCase Tanh() => new("TanhStep", "", arrays =>
    {
        DeviceSpan<float> natural = Images(arrays), gradient = arrays.Floats(Batch * Pixels), weights = arrays.Floats(Batch);
        DeviceSpan<float> rates = arrays.Floats(Batch, 0.01f, 0.05f), roots = arrays.Floats(Batch, 0.5f, 1);
        DeviceSpan<float> variables = Images(arrays), first = Images(arrays), second = Images(arrays), points = Images(arrays);
        TanhStep.Start(natural, variables, first, second, points);
        return () => TanhStep.Step(gradient, natural, weights, rates, roots, Batch, Pixels, variables, first, second, points);
    });

    private static DeviceSpan<float> Images(CaseArrays arrays) => arrays.Floats(Batch * Pixels, 0);

    private static IEnumerable<KernelCase> Loss(bool normalise)
    {
        const string Family = "MaskedMse";
        KernelCase Backward(bool target) => new(Family, target ? "gradient of the target too" : "", arrays =>
        {
            var (prediction, given, mask) = (arrays.Floats(Batch * (Patches + 1) * Values), Images(arrays), arrays.Keep(Batch, Patches, Patches / 4).Mask);
            var (dPrediction, dTarget) = (arrays.Floats(prediction.Length), target ? Images(arrays) : default);
            return () => MaskedMse.Backward(prediction, given, mask, Batch, Patches, Values, normalise, 1, dPrediction, dTarget);
        });

        return
        [
            new(Family, "", arrays =>
            {
                var (prediction, given, mask) = (arrays.Floats(Batch * (Patches + 1) * Values), Images(arrays), arrays.Keep(Batch, Patches, Patches / 4).Mask);
                var losses = arrays.Floats(Batch);
                return () => MaskedMse.Forward(prediction, given, mask, Batch, Patches, Values, normalise, losses);
            }),
            Backward(target: false),
            Backward(target: true),
        ];
    }

    private static IEnumerable<KernelCase> Gram(string note, int columns)
    {
        const string Family = "RbfGram";
        return
        [
            new(Family, note, arrays =>
            {
                var (a, distances) = (arrays.Floats(Batch * columns), arrays.Zeros<double>(Batch * Batch));
                return () => RbfGram.SquaredDistances(a, Batch, columns, distances);
            }),
            new(Family, note, arrays =>
            {
                var (a, dA, weights) = (arrays.Floats(Batch * columns), arrays.Floats(Batch * columns), arrays.Zeros<double>(Batch * Batch));
                RbfGram.SquaredDistances(a, Batch, columns, weights);
                return () => RbfGram.Backward(a, weights, Batch, columns, 1e-9, false, dA);
            }),
        ];
    }
}
