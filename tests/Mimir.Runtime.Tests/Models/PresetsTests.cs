using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Models;

/// <summary>The parameter counts of the published models, on CIFAR, Tiny-ImageNet and ImageNet.</summary>
[TestFixture]
internal sealed class PresetsTests
{
    [TestCase("vit_ti", 5_392_714, 5_436_296, 5_717_416)]
    [TestCase("vit_small", 21_402_250, 21_489_224, 22_050_664)]
    [TestCase("vit_small_ds", 47_477_002, 47_650_760, 48_772_840)]
    [TestCase("vit_base", 85_271_818, 85_445_576, 86_567_656)]
    [TestCase("vit_large", 302_599_178, 302_830_792, 304_326_632)]
    public void ClassifiersHaveThePublishedSizes(string name, long cifar, long tiny, long imageNet)
    {
        using var device = new AddressOnlyDevice();
        Assert.That(Count(32, 2, 10), Is.EqualTo(cifar));
        Assert.That(Count(64, 4, 200), Is.EqualTo(tiny));
        Assert.That(Count(224, 16, 1000), Is.EqualTo(imageNet));

        long Count(int image, int patch, int classes)
        {
            using var model = new VisionTransformer(device, Presets.Encoder(name, image, 3, patch), classes);
            return model.Parameters.TrainableCount;
        }
    }

    [TestCase("vit_ti", 5_764_620, 5_776_176, 6_007_296)]
    [TestCase("vit_small", 21_747_468, 21_765_936, 22_135_296)]
    [TestCase("vit_small_ds", 47_703_052, 47_735_344, 48_381_184)]
    [TestCase("vit_base", 85_563_660, 85_595_952, 86_241_792)]
    [TestCase("vit_large", 302_855_436, 302_896_944, 303_727_104)]
    public void AutoencodersHaveThePublishedSizes(string name, long cifar, long tiny, long imageNet)
    {
        using var device = new AddressOnlyDevice();
        Assert.That(Count(32, 2), Is.EqualTo(cifar));
        Assert.That(Count(64, 4), Is.EqualTo(tiny));
        Assert.That(Count(224, 16), Is.EqualTo(imageNet));

        long Count(int image, int patch)
        {
            using var model = new MaskedAutoencoder(device, Presets.Encoder(name, image, 3, patch), DecoderConfig.Published);
            return model.Parameters.TrainableCount;
        }
    }

    [Test]
    public void AnUnknownNameIsToldTheKnownOnes() => Assert.That(
        () => Presets.Encoder("vit_huge", 32, 3, 4),
        Throws.TypeOf<ModelConfigException>().With.Message.Contains("vit_huge").And.Message.Contains("vit_ti"));

    [TestCase(3, "--patch 3 does not divide the image side 32; use one of 1, 2, 4, 8, 16, 32")]
    [TestCase(0, "--patch 0")]
    [TestCase(64, "--patch 64")]
    public void APatchMustDivideTheImage(int patch, string message) => Assert.That(
        () => Presets.Encoder("vit_ti", 32, 3, patch), Throws.TypeOf<ModelConfigException>().With.Message.Contains(message));

    [TestCase(18, 2, 2, 4.0, "embed 18 must be a multiple of 4")]
    [TestCase(16, 2, 3, 4.0, "heads 3 does not divide")]
    [TestCase(16, 0, 2, 4.0, "depth 0")]
    [TestCase(16, 2, 0, 4.0, "heads 0 does not divide")]
    [TestCase(16, 2, 2, 0.0, "--mlp-ratio 0")]
    [TestCase(16, 2, 2, double.NaN, "--mlp-ratio NaN")]
    [TestCase(0, 2, 2, 4.0, "embed 0 must be")]
    public void SizesMustFitTogether(int embed, int depth, int heads, double ratio, string message)
    {
        Assert.That(
            () => new EncoderConfig(8, 1, 2, embed, depth, heads, ratio).Validated(),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains(message));
        if (ratio > 0)
        {
            using var device = new AddressOnlyDevice();
            Assert.That(
                () => new MaskedAutoencoder(device, TinyModels.Encoder, new DecoderConfig(embed, depth, heads)),
                Throws.TypeOf<ModelConfigException>().With.Message.Contains(message));
        }
    }

    [Test]
    public void AClassifierNeedsTwoClasses()
    {
        using var device = new AddressOnlyDevice();
        Assert.That(() => new VisionTransformer(device, TinyModels.Encoder, 1), Throws.TypeOf<ModelConfigException>());
    }

    [Test]
    public void NormalisedPatchesNeedTwoValues()
    {
        using var device = new AddressOnlyDevice();
        var encoder = new EncoderConfig(8, 1, 1, 16, 1, 2, 2);
        Assert.That(
            () => new MaskedAutoencoder(device, encoder, TinyModels.Decoder), Throws.TypeOf<ModelConfigException>().With.Message.Contains("--norm-pix-loss"));
        Assert.That(() => new MaskedAutoencoder(device, encoder, TinyModels.Decoder, normalisePatches: false), Throws.Nothing);
    }
}
