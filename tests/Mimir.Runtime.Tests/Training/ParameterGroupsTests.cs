using Mimir.Kernels;
using Mimir.Runtime.Models;
using Mimir.Runtime.Tests.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

/// <summary>The groups that MAE pre-training and fine-tuning use.</summary>
[TestFixture]
internal sealed class ParameterGroupsTests
{
    private const float Decay = 0.05f;

    [Test]
    public void PretrainingDecaysMatricesAndTokens()
    {
        using var device = new AddressOnlyDevice();
        using var model = new MaskedAutoencoder(device, Presets.Encoder("vit_ti", 32, 3, 2), DecoderConfig.Published);
        var segments = ParameterGroups.Pretraining(model.Parameters, Decay);
        Assert.That(segments.Count(s => s.WeightDecay == 0), Is.EqualTo(119));
        Assert.That(segments.Count(s => s.WeightDecay == Decay), Is.EqualTo(61));
        Assert.That(segments.Select(s => s.RateScale), Is.All.EqualTo(1f));
        Assert.That(segments.Sum(s => s.Count), Is.EqualTo(model.Parameters.TrainableCount));
        foreach (var name in new[] { "cls_token", "mask_token" })
            Assert.That(segments.Single(s => s.Offset == model.Parameters[name].Offset).WeightDecay, Is.EqualTo(Decay), name);
        foreach (var name in new[] { "pos_embed", "decoder_pos_embed" })
            Assert.That(segments.Where(s => s.Offset == model.Parameters[name].Offset), Is.Empty, name);
    }

    [Test]
    public void FineTuningHasTwentyEightGroups()
    {
        using var device = new AddressOnlyDevice();
        using var model = new VisionTransformer(device, Presets.Encoder("vit_ti", 32, 3, 2), 10);
        var segments = ParameterGroups.Finetuning(model, Decay, 0.65);
        var groups = segments.GroupBy(s => (s.RateScale, s.WeightDecay)).ToArray(); // in the order of their first parameter
        Assert.That(groups, Has.Length.EqualTo(28));
        int[] sizes = [3, 1, .. Enumerable.Range(0, 12).SelectMany(_ => new[] { 8, 4 }), 3, 1];
        Assert.That(groups.Select(g => g.Count()), Is.EqualTo(sizes).AsCollection);
        Assert.That(groups.Select(g => g.Key.WeightDecay), Is.EqualTo(Enumerable.Range(0, 28).Select(i => i % 2 == 0 ? 0 : Decay)).AsCollection);

        var scales = groups.Where((_, i) => i % 2 == 0).Select(g => (double)g.Key.RateScale).ToArray();
        Assert.That(scales[0], Is.EqualTo(0.003697).Within(1e-6));
        Assert.That(scales[1], Is.EqualTo(0.005688).Within(1e-6));
        Assert.That(scales[^2], Is.EqualTo(0.65).Within(1e-6));
        Assert.That(scales[^1], Is.EqualTo(1));
        Assert.That(Of(segments, model, "pos_embed"), Is.EqualTo((groups[0].Key.RateScale, 0f)), "not decayed, though of three axes");
        Assert.That(Of(segments, model, "patch_embed.proj.weight"), Is.EqualTo((groups[1].Key.RateScale, Decay)));
        Assert.That(Of(segments, model, "head.weight"), Is.EqualTo((1f, Decay)));
    }

    [Test]
    public void BlocksOfTwoDigitsAreTold()
    {
        using var device = new AddressOnlyDevice();
        using var model = new VisionTransformer(device, Presets.Encoder("vit_ti", 32, 3, 4) with { Depth = 13 }, 10);
        var segments = ParameterGroups.Finetuning(model, Decay, 0.5);
        Assert.That(Of(segments, model, "blocks.1.attn.qkv.weight").RateScale, Is.EqualTo((float)Math.Pow(0.5, 12)));
        Assert.That(Of(segments, model, "blocks.12.attn.qkv.weight").RateScale, Is.EqualTo(0.5f));
    }

    private static (float RateScale, float WeightDecay) Of(AdamWSegment[] segments, Model model, string name)
    {
        var segment = segments.Single(s => s.Offset == model.Parameters[name].Offset);
        return (segment.RateScale, segment.WeightDecay);
    }
}
