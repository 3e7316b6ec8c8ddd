using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>What an attack made of an image.</summary>
internal readonly record struct AttackOutcome(AttackResult Result, float[] Image);

/// <summary>Attacks on tiny models.</summary>
internal static class TinyAttacks
{
    /// <summary>Random images with the model's own predictions for labels, so that attacks have something to change.</summary>
    public static ImageSet Images(VisionTransformer model, int count = 23, int seed = 9)
    {
        var shape = new ImageShape(model.Encoder.Channels, model.Encoder.Image, model.Encoder.Image);
        var pixels = SeededValues.Pixels(count * shape.Values, seed);
        using var pools = new LanePools(model.Device, model.Device.Lanes);
        var images = model.Device.Allocate<float>(pixels.Length);
        images.CopyFrom(pixels);
        var logits = new float[count * model.Classes];
        new Victim(model, pools).Logits(images, logits);
        images.Buffer.Dispose();
        var labels = logits.Chunk(model.Classes).Select(row => Predictions.ArgMax(row)).ToArray();
        return ImageSet.FromFloats("tiny", "memory", shape, pixels, labels, [.. Enumerable.Range(0, model.Classes).Select(i => $"{i}")]);
    }

    /// <summary>Attacks chosen images, all if none are named.</summary>
    public static AttackOutcome[] Run(IAttack attack, VisionTransformer model, ImageSet images, int[]? chosen = null, int batch = 64)
    {
        chosen ??= [.. Enumerable.Range(0, images.Count)];
        using var pass = new AttackPass(model, batch);
        var sink = new RecordingSink(() => { });
        pass.Run(attack, images, chosen, sink, default);
        Assert.That(sink.Results.Keys.Order(), Is.EqualTo(chosen.Order()));
        return [.. chosen.Select(i => sink.Results[i])];
    }

    /// <summary>Requires every x' to lie in the pixel range and in its L∞ ball.</summary>
    public static void AssertInBall(AttackOutcome[] outcomes, ImageSet images, float epsilon)
    {
        var natural = new float[images.Shape.Values];
        for (var i = 0; i < outcomes.Length; i++)
        {
            images.CopyImage(i, natural);
            Assert.That(outcomes[i].Image, Is.All.InRange(0f, 1f));
            Assert.That(outcomes[i].Image.Zip(natural, (a, b) => Math.Abs(a - b)).Max(), Is.LessThanOrEqualTo(epsilon + 1e-6f));
        }
    }
}

/// <summary>Keeps all results.</summary>
internal sealed class RecordingSink(Action told) : IAttackSink
{
    public Dictionary<int, AttackOutcome> Results { get; } = [];

    public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial)
    {
        Results.Add(image, new AttackOutcome(result, adversarial.ToArray()));
        told();
    }
}
