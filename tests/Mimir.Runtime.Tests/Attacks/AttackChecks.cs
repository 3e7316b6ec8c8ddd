using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>What holds for every attack.</summary>
internal static class AttackChecks
{
    /// <summary>Requires an image's result and x' to be the same bits whatever the threads, the batch and the images beside it.</summary>
    public static void AssertIndependent(IAttack attack)
    {
        int[] chosen = [.. Enumerable.Range(0, 23).Where(i => i % 5 != 3)];
        AttackOutcome[]? expected = null;
        foreach (var (threads, batch) in new[] { (1, 64), (2, 4), (3, 2) })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.SteepClassifier(device);
            var images = TinyAttacks.Images(model);
            var outcomes = TinyAttacks.Run(attack, model, images, chosen, batch);
            expected ??= outcomes;
            AssertSame(outcomes, expected, $"{threads} threads, batches of {batch}");
            AssertSame(TinyAttacks.Run(attack, model, images, [chosen[7]]), [expected[7]], "alone");
        }

        Assert.That(expected!.Select(o => o.Result.Forwards).Distinct().Count(), Is.GreaterThan(1), "some images are done early");
    }

    /// <summary>Requires every x' to lie in the pixel range and in its ball, and to fool the model where the attack says so and nowhere else.</summary>
    public static void AssertTrue(IAttack attack, AttackOutcome[] outcomes, VisionTransformer model, ImageSet images)
    {
        var natural = new float[images.Shape.Values];
        var logits = new float[model.Classes];
        using var pools = new LanePools(model.Device, model.Device.Lanes);
        var victim = new Victim(model, pools);
        var point = model.Device.Allocate<float>(natural.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            images.CopyImage(i, natural);
            Assert.That(outcomes[i].Image, Is.All.InRange(0f, 1f));
            Assert.That(Distance(attack.Norm, outcomes[i].Image, natural), Is.LessThanOrEqualTo(attack.Epsilon + 1e-6));
            point.CopyFrom(outcomes[i].Image);
            victim.Logits(point, logits);
            Assert.That(outcomes[i].Result.Fooled, Is.EqualTo(Predictions.ArgMax(logits) != images.Labels[i]), $"image {i}");
        }

        point.Buffer.Dispose();
    }

    /// <summary>Requires the same decisions, and points as near as rounding keeps them.</summary>
    public static void AssertAlike(AttackOutcome[] outcomes, AttackOutcome[] expected, double bound)
    {
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (result, other) = (outcomes[i].Result, expected[i].Result);
            Assert.That((result.Fooled, result.FirstSuccess, result.Forwards, result.Backwards), Is.EqualTo((other.Fooled, other.FirstSuccess, other.Forwards, other.Backwards)));
            Assert.That(result.Loss, Is.EqualTo(other.Loss).Within(bound));
            Assert.That(Distance(AttackNorm.Linf, outcomes[i].Image, expected[i].Image), Is.LessThanOrEqualTo(bound), $"image {i}");
        }
    }

    /// <summary>Requires steps to leave the managed heap alone once they are warm. The attack must go on for some steps.</summary>
    public static void AssertNoAllocation(IAttack attack)
    {
        const int slots = 3;
        using var device = new HostDevice(1);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model, slots);
        using var pools = new LanePools(device, 1);
        using var run = attack.Begin(new Victim(model, pools), slots);
        var pixels = new float[images.Shape.Values];
        for (var slot = 0; slot < slots; slot++)
        {
            images.CopyImage(slot, pixels);
            run.Load(slot, slot, images.Labels[slot], pixels);
        }

        run.Begin(0, slots);
        run.Advance(slots);
        run.Advance(slots);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 0; step < 5; step++)
            run.Advance(slots);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(Enumerable.Range(0, slots).Select(run.IsDone), Is.All.False, "still under way");
    }

    /// <summary>The length of a − b.</summary>
    public static double Distance(AttackNorm norm, float[] a, float[] b)
    {
        var differences = a.Zip(b, (x, y) => Math.Abs((double)x - y));
        return norm == AttackNorm.Linf ? differences.Max() : Math.Sqrt(differences.Sum(d => d * d));
    }

    private static void AssertSame(AttackOutcome[] outcomes, AttackOutcome[] expected, string what)
    {
        Assert.That(outcomes.Select(o => o.Result), Is.EqualTo(expected.Select(o => o.Result)), what);
        Assert.That(outcomes.Select(o => o.Image), Is.EqualTo(expected.Select(o => o.Image)), what);
    }
}
