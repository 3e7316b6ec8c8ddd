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
internal sealed class EvaluationSessionTests
{
    private const int Images = TinyEvaluation.Images;
    private const ulong Seed = 5;

    /// <summary>Large enough to fool a part of the images, and for one step, so that random starts matter.</summary>
    private static readonly AttackSettings s_settings = new() { Eps = 16f / 255, Alpha = 8f / 255, Seed = Seed, Keep = PgdKeep.Last };

    [Test]
    public void AccuracyIsThatOfAPlainCount()
    {
        using var device = new HostDevice(2);
        var results = Evaluate(device, s_settings, restarts: 2, batch: 16);
        using var model = TinyEvaluation.Model(device);
        var plain = PlainFlags(device, model, TinyEvaluation.Set(device, model), restarts: 2);
        Assert.That(results.Robust, Is.EqualTo(plain));
        Assert.That(results.Natural.Correct, Is.EqualTo(Images - Images / 5), "one label in five is wrong on purpose");
        Assert.That(results.RobustAccuracy.Correct, Is.InRange(1, results.Natural.Correct - 1));
        Assert.That(results.BrokenBy.Select((by, i) => by is null), Is.EqualTo(plain.Select((robust, i) => robust || i % 5 == 0)));
    }

    [Test]
    public void NeitherBatchSizeNorThreadsMatter()
    {
        float[]? expected = null;
        foreach (var (threads, batch) in new[] { (2, Images), (2, 1), (2, 7), (1, 16), (3, 59) })
        {
            using var device = new HostDevice(threads);
            var adversarial = TinyEvaluation.Adversarial(Evaluate(device, s_settings, restarts: 2, batch));
            expected ??= adversarial;
            Assert.That(adversarial, Is.EqualTo(expected), $"{threads} threads, batch {batch}");
        }
    }

    [Test]
    public void RestartsOnlyLowerTheAccuracy()
    {
        using var device = new HostDevice(2);
        var robust = new[] { 1, 2, 4, 8 }.Select(restarts => Evaluate(device, s_settings, restarts, batch: 16).RobustAccuracy.Correct).ToArray();
        Assert.That(robust, Is.Ordered.Descending);
        Assert.That(robust[^1], Is.LessThan(robust[0]));
    }

    [Test]
    public void LaterAttacksGetOnlyWhatStillStands()
    {
        using var device = new HostDevice(2);
        var results = Evaluate(device, s_settings, plan: "pgd-1,pgd-4");
        var (first, second) = (results.Attacks[0], results.Attacks[1]);
        Assert.That(first.Images, Is.EqualTo(results.RightOnes()));
        Assert.That(second.Images, Is.EqualTo(first.Images.Where((_, i) => first.Predictions[i] == Label(device, first.Images[i]))));
        Assert.That((first.Broken, second.Broken), Is.EqualTo((results.BrokenBy.Count(by => by == "pgd-1"), results.BrokenBy.Count(by => by == "pgd-4"))));
        Assert.That(first.Broken * second.Broken, Is.Positive, "both attacks break images");
        Assert.That(second.RobustAfter, Is.EqualTo(results.RobustAccuracy));
        Assert.That(first.RobustAfter.Correct - second.Broken, Is.EqualTo(second.RobustAfter.Correct));
        for (var i = 0; i < Images; i++)
            Assert.That(results.Predictions[i] == Label(device, i), Is.EqualTo(results.Robust[i]), $"image {i}");
    }

    [Test]
    public void IndividualAttacksGetAllRightImagesAndTheWorstCaseIsTheHeadline()
    {
        using var device = new HostDevice(2);
        var results = Evaluate(device, s_settings, plan: "pgd-1,pgd-4", mode: EvaluationMode.Individual);
        foreach (var attack in results.Attacks)
        {
            Assert.That(attack.Images, Is.EqualTo(results.RightOnes()));
            Assert.That(attack.RobustAfter.Correct, Is.EqualTo(attack.Images.Count - attack.Broken));
            Assert.That(results.RobustAccuracy.Correct, Is.LessThanOrEqualTo(attack.RobustAfter.Correct));
        }

        var alone = new[] { "pgd-1", "pgd-4" }.Select(plan => Evaluate(device, s_settings, plan: plan)).ToArray();
        Assert.That(results.Robust, Is.EqualTo(alone[0].Robust.Zip(alone[1].Robust, (a, b) => a && b)));
        Assert.That(results.Attacks.Select(attack => attack.RobustAfter), Is.EqualTo(alone.Select(one => one.RobustAccuracy)));
    }

    [Test]
    public void ABallOfNothingChangesNothing()
    {
        using var device = new HostDevice(2);
        var results = Evaluate(device, s_settings with { Eps = 0, Alpha = 0 });
        Assert.That(results.RobustAccuracy, Is.EqualTo(results.Natural));
        Assert.That(results.Attacks[0].Distances, Is.All.Zero);
    }

    [Test]
    public void ProgressIsToldAndCancellationHeard()
    {
        using var device = new HostDevice(1);
        using var session = TinyEvaluation.Session(device, s_settings, "pgd-1,pgd-4");
        using var source = new CancellationTokenSource();
        var observer = new Observer { Told = progress =>
            {
                if (progress.Done >= 20)
                    source.Cancel();
            } };
        Assert.That(() => session.Run(observer, source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(session.Results.Attacks.Single().Done, Is.InRange(20, 20 + 16 - 1));
        Assert.That(observer.Seen.Select(progress => progress.Done), Is.Ordered);
        Assert.That(observer.Seen.Select(progress => progress.Share), Is.All.InRange(0, 0.6));
    }

    [Test]
    public void ABrokenModelIsNeverRight()
    {
        using var device = new HostDevice(2);
        using var session = TinyEvaluation.Session(device, s_settings, "pgd-1");
        session.Model.Parameters["head.bias"].Value.AsSpan()[1] = float.NaN;
        session.Run(new Observer(), default);
        Assert.That(session.Results.Natural.Correct, Is.Zero);
        Assert.That(session.Results.Attacks.Single().Images, Is.Empty);
    }

    [Test]
    public void AnAttackThatLeavesItsBallIsAnError()
    {
        using var device = new HostDevice(1);
        var wide = s_settings with { Eps = 0.2f, Alpha = 0.2f, Steps = 1 };
        var plan = AttackPlan.Of(["pgd"], wide).Single();
        var model = TinyEvaluation.Model(device);
        using var session = new EvaluationSession(model, TinyEvaluation.Set(device, model), [plan], s_settings, EvaluationMode.Survivors, 16);
        Assert.That(
            () => session.Run(new Observer(), default),
            Throws.TypeOf<AttackViolationException>().With.Message.Match("^pgd-1 returned image [0-9]+ at a distance of 0.2.* outside its ball of 0.0627"));
    }

    [Test]
    public void IntervalsAreThoseOfAShare()
    {
        Assert.That(new Accuracy(50, 100).Interval, Is.EqualTo(0.098).Within(1e-12));
        Assert.That(new Accuracy(0, 0).Interval, Is.Zero);
        Assert.That(new Accuracy(0, 0).Share, Is.Zero);
    }

    private static EvaluationResults Evaluate(
        HostDevice device, AttackSettings settings, int restarts = 1, int batch = 16, string plan = "pgd-1", EvaluationMode mode = EvaluationMode.Survivors)
    {
        using var session = TinyEvaluation.Session(device, settings with { Restarts = restarts }, plan, batch, mode);
        session.Run(new Observer(), default);
        return session.Results;
    }

    private static int Label(HostDevice device, int image)
    {
        using var model = TinyEvaluation.Model(device);
        return TinyEvaluation.Set(device, model).Labels[image];
    }

    /// <summary>Image by image, without batches or lanes.</summary>
    private static bool[] PlainFlags(HostDevice device, VisionTransformer model, ImageSet set, int restarts)
    {
        using var pools = new LanePools(device, device.Lanes);
        var graph = new Graph(pools);
        var budget = new AttackBudget(s_settings.Eps, s_settings.Alpha!.Value, 1);
        var values = set.Shape.Values;
        var spans = Enumerable.Range(0, 4).Select(_ => device.Allocate<float>(values)).ToArray();
        var label = device.Allocate<int>(1);
        var robust = new bool[set.Count];
        for (var i = 0; i < set.Count; i++)
        {
            var pixels = new float[values];
            set.CopyImage(i, pixels);
            robust[i] = TinyEvaluation.Answers(device, model, pixels)[0] == set.Labels[i];
            spans[0].CopyFrom(pixels);
            label.CopyFrom([set.Labels[i]]);
            for (var restart = 0; restart < restarts && robust[i]; restart++)
            {
                Philox.Uniform(
                    Seed, RandomStreams.Of(RandomPurpose.AttackStart, restart), (ulong)(i * values), -budget.Epsilon, budget.Epsilon, spans[1]);
                new LinfPgd(graph, new CrossEntropyObjective(model) { Labels = label }).Run(budget, spans[0], spans[1], spans[2], spans[3]);
                robust[i] = TinyEvaluation.Answers(device, model, spans[3].ToArray())[0] == set.Labels[i];
            }
        }

        foreach (var span in spans)
            span.Buffer.Dispose();
        label.Buffer.Dispose();
        return robust;
    }

    private sealed class Observer : IEvaluationObserver
    {
        public List<EvaluationProgress> Seen { get; } = [];

        public Action<EvaluationProgress> Told { get; init; } = _ => { };

        public bool WantsProgress => true;

        public void OnProgress(in EvaluationProgress progress)
        {
            Seen.Add(progress);
            Told(progress);
        }
    }
}
