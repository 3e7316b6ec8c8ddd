using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Data;

namespace Mimir.Runtime.Tests.Corruptions;

/// <summary>The facts of each corruption's definition, and what holds for all of them.</summary>
[TestFixture]
internal sealed class CorruptionTests
{
    private static readonly string[] s_generated = [.. CorruptionCatalog.All.Where(corruption => corruption.Name != "frost").Select(corruption => corruption.Name)];

    [Test]
    public void ThereAreFifteenAndFourInTheOrderOfCifar10C() => Assert.That(
        CorruptionCatalog.All.Select(corruption => (corruption.Name, corruption.IsExtra)),
        Is.EqualTo(new[]
        {
            ("gaussian_noise", false), ("shot_noise", false), ("impulse_noise", false), ("defocus_blur", false), ("glass_blur", false), ("motion_blur", false),
            ("zoom_blur", false), ("snow", false), ("frost", false), ("fog", false), ("brightness", false), ("contrast", false), ("elastic_transform", false),
            ("pixelate", false), ("jpeg_compression", false), ("speckle_noise", true), ("gaussian_blur", true), ("spatter", true), ("saturate", true),
        }).AsCollection);

    [TestCaseSource(nameof(s_generated))]
    public void ImagesDependOnTheirNumberAndNotOnThreads(string name)
    {
        var corruption = CorruptionCatalog.Parse(name);
        foreach (var shape in new[] { new ImageShape(3, 32, 32), new ImageShape(1, 8, 8), new ImageShape(3, 50, 50), new ImageShape(3, 64, 64) })
        {
            using var images = new GeneratedCorruptions(Noise(shape, 3), seed: 3);
            if (images.Obstacle(corruption) is not null)
            {
                Assert.That((name, shape.Channels), Is.EqualTo(("saturate", 1)));
                continue;
            }

            for (var severity = 1; severity <= Corruption.Severities; severity++)
            {
                var alone = images.Load(corruption, severity, threads: 1, CancellationToken.None);
                var together = images.Load(corruption, severity, threads: 3, CancellationToken.None);
                var (one, other) = (new float[shape.Values], new float[shape.Values]);
                for (var i = 0; i < alone.Count; i++)
                {
                    alone.CopyImage(i, one);
                    together.CopyImage(i, other);
                    Assert.That(one, Is.EqualTo(other).AsCollection, $"{shape}, severity {severity}, image {i}");
                }
            }
        }
    }

    [Test]
    public void NoisesHaveTheirSizes()
    {
        // Mid-grey, so that nothing is clipped; truncation to 8 bits adds a variance of 1/12 of a level.
        const double value = 128 / 255.0;
        var levels = new (string Name, double[] Deviations)[]
        {
            ("gaussian_noise", [0.04, 0.06, 0.08, 0.09, 0.10]),
            ("shot_noise", [.. new[] { 500, 250, 100, 75, 50 }.Select(photons => Math.Sqrt(value / photons))]),
            ("speckle_noise", [.. new[] { 0.06, 0.1, 0.12, 0.16, 0.2 }.Select(deviation => value * deviation)]),
        };
        foreach (var (name, deviations) in levels)
        {
            for (var severity = 1; severity <= Corruption.Severities; severity++)
            {
                var pixels = Flat(name, severity, 128, images: 4);
                var mean = pixels.Average(pixel => (double)pixel);
                var deviation = Math.Sqrt(pixels.Average(pixel => (pixel - mean) * (pixel - mean)) - 1 / 12.0) / 255;
                Assert.That(deviation, Is.EqualTo(deviations[severity - 1]).Within(3 * deviations[severity - 1] / Math.Sqrt(2 * pixels.Length)), $"{name} {severity}");
            }
        }
    }

    [Test]
    public void ImpulsesReplaceTheirShareHalfByBlackAndHalfByWhite()
    {
        var shares = new[] { 0.01, 0.02, 0.03, 0.05, 0.07 };
        for (var severity = 1; severity <= Corruption.Severities; severity++)
        {
            var pixels = Flat("impulse_noise", severity, 100, images: 8);
            var each = shares[severity - 1] / 2;
            foreach (var extreme in new byte[] { 0, 255 })
                Assert.That(pixels.Count(pixel => pixel == extreme), Is.EqualTo(each * pixels.Length).Within(4 * Math.Sqrt(each * pixels.Length)), $"{severity}, {extreme}");
            Assert.That(pixels.Where(pixel => pixel is not (0 or 255)), Is.All.EqualTo(100));
        }
    }

    [Test]
    public void GaussianRadiiAreFourDeviationsRounded()
    {
        var radii = new[] { 0.4, 0.6, 0.7, 0.8, 1 }.Select(sigma => GaussianFilter.Weights(sigma, GaussianFilter.UsualReach).Length - 1);
        Assert.That(radii, Is.EqualTo(new[] { 2, 2, 3, 3, 4 }).AsCollection);
    }

    [Test]
    public void ABlurOfATwentiethOfAPixelIsTheIdentity()
    {
        byte[] levels = [.. Enumerable.Range(0, 256).Select(level => (byte)level)];
        var grid = PixelGrid.Of(levels, 1, 16);
        GaussianFilter.Run(grid, 0.05);
        var result = new byte[levels.Length];
        grid.Truncate(result);
        Assert.That(result, Is.EqualTo(levels).AsCollection, "k/255*255 is k or more for every level");
    }

    [Test]
    public void DefocusKernelsAreTheKnownOnes()
    {
        foreach (var (radius, sigma) in new[] { (0.3, 0.4), (0.4, 0.5), (0.5, 0.6) })
        {
            var kernel = DefocusBlur.Kernel(radius, sigma);
            var beside = Math.Exp(-0.5 / (sigma * sigma));
            var sum = (1 + 2 * beside) * (1 + 2 * beside);
            AssertKernel(kernel, (y, x) => Math.Pow(beside, Math.Abs(y) + Math.Abs(x)) / sum, reach: 1);
        }

        AssertKernel(DefocusBlur.Kernel(1, 0.2), (y, x) => Math.Abs(y) + Math.Abs(x) <= 1 ? 0.2 : 0, reach: 1);
        AssertKernel(DefocusBlur.Kernel(1.5, 0.1), (y, x) => Math.Abs(y) <= 1 && Math.Abs(x) <= 1 ? 1 / 9.0 : 0, reach: 1);
    }

    [Test]
    public void GlassCopiesOneWay()
    {
        // Each pixel takes that of its upper left neighbour, which itself keeps its value until its own turn: nothing is exchanged.
        byte[] pixels = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        GlassBlur.Scatter(pixels, channels: 1, side: 4, reach: 1, passes: 1, () => -1);
        Assert.That(pixels, Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5, 6, 12, 13, 9, 10 }).AsCollection);
    }

    [Test]
    public void FogOnWhiteGoesFromOneOverOnePlusItsThicknessToWhite()
    {
        var thicknesses = new[] { 0.2, 0.5, 0.75, 1, 1.5 };
        for (var severity = 1; severity <= Corruption.Severities; severity++)
        {
            var pixels = Flat("fog", severity, 255, images: 1);
            Assert.That(pixels.Min(), Is.EqualTo((byte)(255 / (1 + thicknesses[severity - 1]))));
            Assert.That(pixels.Max(), Is.EqualTo(255));
        }
    }

    [Test]
    public void OtherSidesTakeTheNearerSet()
    {
        Assert.That(
            new[] { 8, 28, 32, 45, 46, 64, 224 }.Select(side => (new CorruptionLevel(1, side).DocumentedSide, new CorruptionLevel(1, side).IsDocumented)),
            Is.EqualTo(new[] { (32, false), (32, false), (32, true), (32, false), (64, false), (64, true), (64, false) }).AsCollection);
        Assert.That(new CorruptionLevel(1, 8).Scale, Is.EqualTo(0.25));
        Assert.That(new CorruptionLevel(2, 48).Of([1, 2, 3, 4, 5], [10, 20, 30, 40, 50]), Is.EqualTo(20));
    }

    [Test]
    public void ImagesThatCannotBeCorruptedAreNamed()
    {
        Assert.That(GeneratedCorruptions.Obstacle(new ImageShape(3, 7, 7)), Does.Contain("3x7x7").And.Contain("8"));
        Assert.That(GeneratedCorruptions.Obstacle(new ImageShape(3, 32, 24)), Does.Contain("square"));
        Assert.That(GeneratedCorruptions.Obstacle(new ImageShape(2, 32, 32)), Does.Contain("grey"));
        Assert.That(GeneratedCorruptions.Obstacle(new ImageShape(1, 8, 8)), Is.Null);
        Assert.That(CorruptionCatalog.Parse("frost").Obstacle(new ImageShape(3, 32, 32)), Does.Contain("photographs"));
    }

    private static void AssertKernel(float[,] kernel, Func<int, int, double> expected, int reach)
    {
        var middle = kernel.GetLength(0) / 2;
        for (var y = -middle; y <= middle; y++)
        {
            for (var x = -middle; x <= middle; x++)
            {
                var value = Math.Abs(y) <= reach && Math.Abs(x) <= reach ? expected(y, x) : 0;
                Assert.That(kernel[y + middle, x + middle], Is.EqualTo(value).Within(5e-6), $"{y}, {x}");
            }
        }
    }

    /// <summary>All pixels of flat images under a corruption.</summary>
    private static byte[] Flat(string name, int severity, byte level, int images)
    {
        var shape = new ImageShape(3, 32, 32);
        var pixels = new byte[images * shape.Values];
        Array.Fill(pixels, level);
        using var corrupted = new GeneratedCorruptions(ImageSet.FromBytes("test", "test", shape, pixels, 255, new int[images], ["flat"]), seed: 1);
        for (var i = 0; i < images; i++)
            corrupted.Read(CorruptionCatalog.Parse(name), severity, i, pixels.AsSpan(i * shape.Values, shape.Values));
        return pixels;
    }

    private static ImageSet Noise(ImageShape shape, int images)
    {
        var pixels = new byte[images * shape.Values];
        new Random(1).NextBytes(pixels);
        return ImageSet.FromBytes("test", "test", shape, pixels, 255, new int[images], ["noise"]);
    }
}
