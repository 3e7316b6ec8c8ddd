using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Evaluation;

[TestFixture]
internal sealed class RobustEvaluationTests
{
    private const int Images = 60;
    private const ulong Seed = 5;

    /// <summary>Large enough to fool a part of the images, and one step, so that random starts matter.</summary>
    private static readonly LinfBudget s_budget = new(16f / 255, 8f / 255, 1);

    [Test]
    public void AccuracyIsThatOfAPlainCount()
    {
        using var device = new HostDevice(2);
        using var model = Model(device);
        var set = Set(device, model);
        var tally = Evaluate(device, model, set, s_budget, restarts: 2, batch: 16);
        Assert.That(tally, Is.EqualTo(PlainCount(device, model, set, restarts: 2)));
        Assert.That(tally.Natural, Is.InRange(Images / 2, Images - 1), "one label in five is wrong on purpose");
        Assert.That(tally.Robust, Is.InRange(1, tally.Natural - 1));
        Assert.That(tally.NaturalAccuracy, Is.EqualTo(tally.Natural / (double)Images));
        Assert.That(tally.RobustAccuracy, Is.EqualTo(tally.Robust / (double)Images));
    }

    [Test]
    public void NeitherBatchSizeNorThreadsMatter()
    {
        using var device = new HostDevice(2);
        using var model = Model(device);
        var set = Set(device, model);
        var expected = Evaluate(device, model, set, s_budget, restarts: 2, batch: Images);
        foreach (var batch in new[] { 1, 7, 16, 59 })
            Assert.That(Evaluate(device, model, set, s_budget, restarts: 2, batch), Is.EqualTo(expected), $"batch {batch}");
        foreach (var threads in new[] { 1, 3 })
        {
            using var other = new HostDevice(threads);
            using var same = Model(other);
            Assert.That(Evaluate(other, same, set, s_budget, restarts: 2, batch: 16), Is.EqualTo(expected), $"{threads} threads");
        }
    }

    [Test]
    public void RestartsOnlyLowerTheAccuracy()
    {
        using var device = new HostDevice(2);
        using var model = Model(device);
        var set = Set(device, model);
        var robust = new[] { 0, 1, 2, 4, 8 }.Select(restarts => Evaluate(device, model, set, s_budget, restarts, batch: 16)).ToArray();
        Assert.That(robust.Select(tally => tally.Natural).Distinct().Count(), Is.EqualTo(1));
        Assert.That(robust[0].Robust, Is.EqualTo(robust[0].Natural), "without an attack every right image is robust");
        Assert.That(robust.Select(tally => tally.Robust), Is.Ordered.Descending);
        Assert.That(robust[^1].Robust, Is.LessThan(robust[1].Robust));
    }

    [Test]
    public void AnAttackAloneFoolsWhatAnEvaluationSaysItDoes()
    {
        using var device = new HostDevice(2);
        using var model = Model(device);
        using var batches = Batcher.ForEvaluation(Set(device, model), Images, device);
        var tally = Evaluate(device, model, Set(device, model), s_budget, restarts: 1, batch: Images);
        using var evaluation = new RobustEvaluation(model, s_budget, restarts: 1, Seed);
        Assert.That(batches.TryNext(out var batch), Is.True);
        var robust = evaluation.Attack(batch!);
        Assert.That(robust, Is.InRange(tally.Robust, tally.Robust + Images - tally.Natural), "images that are wrong as they are may be right under attack");
        Assert.That(evaluation.Attack(batch!), Is.EqualTo(robust));
    }

    [Test]
    public void ABallOfNothingChangesNothing()
    {
        using var device = new HostDevice(2);
        using var model = Model(device);
        var tally = Evaluate(device, model, Set(device, model), new LinfBudget(0, 0, 1), restarts: 1, batch: 16);
        Assert.That(tally.Robust, Is.EqualTo(tally.Natural));
    }

    [Test]
    public void ProgressAndCancellationComeAfterBatches()
    {
        using var device = new HostDevice(2);
        using var model = Model(device);
        using var batches = Batcher.ForEvaluation(Set(device, model), 16, device);
        using var evaluation = new RobustEvaluation(model, s_budget, 1, Seed);
        using var source = new CancellationTokenSource();
        var seen = new List<int>();
        Assert.That(
            () => evaluation.Run(
                batches,
                tally =>
                {
                    seen.Add(tally.Images);
                    if (seen.Count == 2)
                        source.Cancel();
                },
                source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(seen, Is.EqualTo(new[] { 16, 32 }).AsCollection);
    }

    [Test]
    public void ABrokenModelIsNeverRight()
    {
        using var device = new HostDevice(2);
        using var model = Model(device);
        var set = Set(device, model);
        model.Parameters["head.bias"].Value.AsSpan()[1] = float.NaN;
        Assert.That(Evaluate(device, model, set, s_budget, 1, 16), Is.EqualTo(new Tally(Images, 0, 0)));
    }

    [Test]
    public void IntervalsAreThoseOfAShare()
    {
        Assert.That(new Tally(100, 50, 0).Interval(0.5), Is.EqualTo(0.098).Within(1e-12));
        Assert.That(new Tally(0, 0, 0).Interval(0), Is.Zero);
        Assert.That(new Tally(0, 0, 0).NaturalAccuracy, Is.Zero);
    }

    private static Tally Evaluate(HostDevice device, VisionTransformer model, ImageSet set, LinfBudget budget, int restarts, int batch)
    {
        using var batches = Batcher.ForEvaluation(set, batch, device);
        using var evaluation = new RobustEvaluation(model, budget, restarts, Seed);
        return evaluation.Run(batches, _ => { }, CancellationToken.None);
    }

    private static VisionTransformer Model(HostDevice device)
    {
        var model = TinyModels.Classifier(device);
        foreach (var weight in model.Parameters.Parameters.Where(p => p.Name.EndsWith("weight") && !p.Name.Contains("norm")))
            weight.Value.CopyFrom(SeededValues.Normal(weight.Shape.Count, (int)weight.Offset, 0.25));
        model.Refresh();
        return model;
    }

    /// <summary>Random images with the model's own answers as labels, one in five moved on.</summary>
    private static ImageSet Set(HostDevice device, VisionTransformer model)
    {
        var pixels = SeededValues.Pixels(Images * 3 * 8 * 8, 8);
        var answers = Answers(device, model, pixels);
        var labels = answers.Select((answer, i) => i % 5 == 0 ? (answer + 1) % TinyModels.Classes : answer).ToArray();
        return ImageSet.FromFloats("test", "test", new ImageShape(3, 8, 8), pixels, labels, ["a", "b", "c", "d", "e"]);
    }

    private static int[] Answers(HostDevice device, VisionTransformer model, float[] pixels)
    {
        using var pools = new LanePools(device, device.Lanes);
        var images = device.Allocate<float>(pixels.Length);
        images.CopyFrom(pixels);
        var graph = new Graph(pools);
        graph.Begin();
        var logits = model.Logits(graph, graph.Input(images, model.ImageShape(pixels.Length))).Data.ToArray();
        graph.End();
        images.Buffer.Dispose();
        return [.. logits.Chunk(TinyModels.Classes).Select(row => Predictions.ArgMax(row))];
    }

    /// <summary>Image by image, without batches or lanes.</summary>
    private static Tally PlainCount(HostDevice device, VisionTransformer model, ImageSet set, int restarts)
    {
        using var pools = new LanePools(device, device.Lanes);
        var graph = new Graph(pools);
        var values = set.Shape.Values;
        var spans = Enumerable.Range(0, 4).Select(_ => device.Allocate<float>(values)).ToArray();
        var label = device.Allocate<int>(1);
        var (natural, robust) = (0, 0);
        for (var i = 0; i < set.Count; i++)
        {
            var pixels = new float[values];
            set.CopyImage(i, pixels);
            if (Answers(device, model, pixels)[0] != set.Labels[i])
                continue;
            natural++;
            spans[0].CopyFrom(pixels);
            label.CopyFrom([set.Labels[i]]);
            var stands = true;
            for (var restart = 0; restart < restarts; restart++)
            {
                Philox.Uniform(
                    Seed, RandomStreams.Of(RandomPurpose.AttackStart, restart), (ulong)(i * values), -s_budget.Epsilon, s_budget.Epsilon, spans[1]);
                new LinfPgd(graph, new CrossEntropyObjective(model) { Labels = label }).Run(s_budget, spans[0], spans[1], spans[2], spans[3]);
                stands &= Answers(device, model, spans[3].ToArray())[0] == set.Labels[i];
            }

            robust += stands ? 1 : 0;
        }

        foreach (var span in spans)
            span.Buffer.Dispose();
        label.Buffer.Dispose();
        return new Tally(set.Count, natural, robust);
    }
}
