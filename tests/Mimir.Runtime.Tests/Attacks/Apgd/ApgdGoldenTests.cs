using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>Auto-PGD beside the public code, from the same starts, on its golden values.</summary>
[TestFixture]
internal sealed class ApgdGoldenTests
{
    private readonly HostDevice _device = new(2);
    private VisionTransformer _model = null!;
    private ImageSet _images = null!;
    private SafetensorsFile _file = null!;
    private int[] _numbers = null!;

    [OneTimeSetUp]
    public void Open()
    {
        (_model, _images, _file) = (GoldenVictim.Load(_device), GoldenVictim.Images(), GoldenVictim.Open("apgd"));
        _numbers = [.. _file.Read<long>("images").Select(i => (int)i)];
    }

    [OneTimeTearDown]
    public void Close()
    {
        _file.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    /// <summary>Every flag is the public code's. So is the loss, up to rounding, on all images but those that <paramref name="parted"/> counts:
    /// there rounding decided about the sign of a pixel's gradient or about a checkpoint, and the runs went different ways. Between the public
    /// code's own runs as many part: 1, 1 and 2 images with the model in float64 instead of float32, and 3 in L2 APGD-T in batches of 8 instead of 64.</summary>
    [TestCase("Linf", "ce", 100, 0)]
    [TestCase("Linf", "dlr", 100, 0)]
    [TestCase("Linf", "t", 100, 1)]
    [TestCase("L2", "ce", 100, 0)]
    [TestCase("L2", "dlr", 100, 1)]
    [TestCase("L2", "t", 100, 3)]
    public void LongRunsEndAsThoseOfThePublicCode(string norm, string loss, int iterations, int parted)
    {
        var name = $"long.{norm}.{loss}";
        var outcomes = Run(norm, loss, iterations);
        Assert.That(outcomes.Select(o => o.Result.Fooled ? 1L : 0L), Is.EqualTo(_file.Read<long>(name + ".fooled")));
        var apart = outcomes.Zip(_file.ReadFloats(name + ".losses"), (o, value) => Math.Abs(o.Result.Loss - value)).ToArray();
        Assert.That(apart.Count(a => a > 1e-4), Is.LessThanOrEqualTo(parted));
    }

    /// <summary>Points are the public code's to the last bits but one. In L∞ APGD-T one pixel of one image has a gradient so near to zero that
    /// rounding decides its sign: the public code's own run with the model in float64 changes one pixel of that image as well.</summary>
    [TestCase("Linf", "ce", 0)]
    [TestCase("Linf", "dlr", 0)]
    [TestCase("Linf", "t", 1)]
    [TestCase("L2", "ce", 0)]
    [TestCase("L2", "dlr", 0)]
    [TestCase("L2", "t", 0)]
    public void ShortRunsVisitThePointsOfThePublicCode(string norm, string loss, int parted)
    {
        var name = $"short.{norm}.{loss}";
        var outcomes = Run(norm, loss, 12);
        Assert.That(outcomes.Select(o => o.Result.Fooled ? 1L : 0L), Is.EqualTo(_file.Read<long>(name + ".fooled")));
        Assert.That(
            outcomes.Zip(_file.ReadFloats(name + ".losses"), (o, value) => Math.Abs(o.Result.Loss - value)), Is.All.LessThan(1e-3),
            "the public code's own runs in float32 and float64 are 6e-5 apart at most");
        var points = _file.ReadFloats(name + ".points");
        var apart = outcomes.SelectMany(o => o.Image).Zip(points, (a, b) => Math.Abs(a - b)).Count(a => a > 1e-6);
        Assert.That(apart, Is.LessThanOrEqualTo(parted), $"of {points.Length} values");
    }

    private AttackOutcome[] Run(string norm, string loss, int iterations)
    {
        var attack = new ApgdAttack(Enum.Parse<AttackNorm>(norm), _file.ReadFloats($"{norm}.radius")[0])
        {
            Loss = ApgdLosses.Of(loss),
            Iterations = iterations,
            Reference = true,
        };
        var (reach, values) = (_file.ReadFloats($"{norm}.reach")[0], _images.Shape.Values);
        var offsets = _file.Read<byte>($"{norm}.offsets").Chunk(values).ToArray();
        float[] StartOf(int image, int run)
        {
            var start = new float[values];
            _images.CopyImage(image, start);
            return [.. start.Zip(offsets[Array.IndexOf(_numbers, image)], (x, b) => Math.Clamp(x + reach * (b / 127f - 1), 0f, 1f))];
        }

        return TinyAttacks.Run(new StartedApgd(attack, StartOf), _model, _images, _numbers);
    }
}
