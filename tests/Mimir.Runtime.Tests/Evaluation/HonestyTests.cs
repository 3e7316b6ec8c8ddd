using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Tests.Attacks;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Evaluation;

/// <summary>An honest model passes, and each fake is caught by the check that looks for its kind.</summary>
[TestFixture]
internal sealed class HonestyTests
{
    private static readonly AttackSettings s_settings = new() { Eps = 12f / 255, Alpha = 3f / 255, Seed = 3 };

    [Test]
    public void AnHonestModelPasses()
    {
        using var bench = new Bench(Honest, s_settings, images: 104);
        var report = bench.Examine(new Unheard());
        Assert.That(report.Findings.Select(finding => finding.Number), Is.EqualTo(Enumerable.Range(1, 15)));
        Assert.That(
            report.Findings.Where(finding => finding.Verdict != HonestyVerdict.Pass).Select(finding => finding.Number), Is.EqualTo(new[] { 13 }),
            "the targeted and the adaptive attacks were not run: " + string.Join("\n", report.Findings));
        Assert.That(report.RobustBench.All(rule => rule.Kept));
        Assert.That(report.Failures, Is.Empty);
    }

    [Test]
    public void LogitsTimesAMillionHideGradientsFromCrossEntropy()
    {
        using var bench = new Bench(device => Scaled(device, 1e6f), s_settings, images: 40);
        Assert.That(bench.Of(5), Is.EqualTo(HonestyVerdict.Fail), "the loss does not rise");
        Assert.That(bench.Of(9), Is.EqualTo(HonestyVerdict.Fail), "there is no gradient");
        Assert.That(bench.Of(12), Is.EqualTo(HonestyVerdict.Warn), "DLR has one");
    }

    [Test]
    public void AnAttackThatDoesNotMoveIsCaught()
    {
        using var bench = new Bench(Honest, s_settings with { Alpha = 0 }, images: 40);
        Assert.That(new[] { 3, 4, 5 }.Select(bench.Of), Is.All.EqualTo(HonestyVerdict.Fail));
        Assert.That(bench.Of(8), Is.Not.EqualTo(HonestyVerdict.Pass), "it finds no more than noise");
        Assert.That(bench.Of(9), Is.EqualTo(HonestyVerdict.Pass), "the model is not at fault");
    }

    [Test]
    public void ProbabilitiesInsteadOfLogitsAreCaught()
    {
        using var bench = new Bench(Constant, s_settings, images: 20);
        Assert.That(new[] { 2, 9 }.Select(bench.Of), Is.All.EqualTo(HonestyVerdict.Fail));
    }

    [Test]
    public void AttacksWithoutGradientsThatWorkBetterAreCaught()
    {
        using var folder = new TemporaryFolder();
        using (var device = new HostDevice(1))
        using (var surrogate = Honest(device))
            Checkpoint.Save(folder.File("surrogate.safetensors"), surrogate, null, CheckpointInfo.Of(surrogate));
        using var bench = new Bench(Honest, s_settings, images: 40, surrogate: folder.File("surrogate.safetensors"));
        Assert.That(bench.Of(7), Is.EqualTo(HonestyVerdict.Pass), "a model transfers to itself no better than it attacks itself");
        HonestyVerdict Judge(int square, int[] only, int? transfer) => new BlackBoxCheck().Judge(100, 80, white: 20, square, only, 10, transfer).Verdict;
        Assert.That(Judge(20, [], 20), Is.EqualTo(HonestyVerdict.Pass));
        Assert.That(Judge(20, [], 21), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge(21, [4], null), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge(20, [4], null), Is.EqualTo(HonestyVerdict.Warn));
    }

    [Test]
    public void SilentSuccessesAreCounted()
    {
        var wild = s_settings with { Eps = 16f / 255, Alpha = 30f / 255, Steps = 12, Keep = PgdKeep.Last };
        HonestyVerdict Of(AttackSettings settings, string plan)
        {
            using var bench = new Bench(Honest, settings, images: 60, plan);
            return bench.Of(10);
        }

        Assert.That(Of(wild, "pgd"), Is.EqualTo(HonestyVerdict.Warn), "steps of nearly twice the radius run past what they find");
        Assert.That(Of(wild with { Keep = PgdKeep.FirstSuccess }, "pgd"), Is.EqualTo(HonestyVerdict.Pass));
        Assert.That(Of(wild, AttackPlan.Natural), Is.EqualTo(HonestyVerdict.NotRun));
    }

    [Test]
    public void ARandomForwardPassIsCaught()
    {
        float[] first = [1, 2, 0, 3, 0, 1], second = [1, 2, 0, 3, 0.01f, 1];
        HonestyFinding Judge(float[] again) => new NaturalCheck().Judge(new Accuracy(9, 10), first, again, classes: 3, 0, 1, new Accuracy(5, 10));
        Assert.That(Judge(first).Verdict, Is.EqualTo(HonestyVerdict.Pass));
        Assert.That(Judge(second).Verdict, Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge([1, 2, 0, 3, 1e-6f, 1]).Verdict, Is.EqualTo(HonestyVerdict.Warn));
        Assert.That(Judge([1, 2, 0, 3, float.NaN, 1]).Verdict, Is.EqualTo(HonestyVerdict.Fail));
    }

    [Test]
    public void ConvergenceIsJudgedByAccuracyAndLoss()
    {
        double[] rising = [.. Enumerable.Range(0, 21).Select(step => (double)step)];
        double[] settled = [.. Enumerable.Range(0, 41).Select(step => 1 - Math.Exp(-step))];
        HonestyVerdict Judge(double once, double twice, double[] losses) => new ConvergenceCheck().Judge(20, once, twice, losses).Verdict;
        Assert.That(Judge(0.5, 0.496, settled), Is.EqualTo(HonestyVerdict.Pass));
        Assert.That(Judge(0.5, 0.49, settled), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge(0.5, 0.5, rising), Is.EqualTo(HonestyVerdict.Warn));
        Assert.That(Judge(0.5, 0.5, new double[21]), Is.EqualTo(HonestyVerdict.Fail));
    }

    [Test]
    public void WrongGradientsAreCaught()
    {
        HonestyVerdict Judge(float[] entropy, double error) => new GradientCheck().Judge(entropy, [1, 1, 1, 1, 1, 1], values: 2, (error, 1, 0.01)).Verdict;
        Assert.That(Judge([1, 1, 1, 1, 0, 1], 0.05), Is.EqualTo(HonestyVerdict.Pass));
        Assert.That(Judge([1, 1, 1, 1, 0, 1], 0.2), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge([1, 1, 1, 1, 0, 0], 0.05), Is.EqualTo(HonestyVerdict.Warn));
        Assert.That(Judge([1, 1, 0, 0, 0, 0], 0.05), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge([1, 1, 1, 1, float.NaN, 0], 0.05), Is.EqualTo(HonestyVerdict.Fail));
    }

    [Test]
    public void ImagesThatBreakTheThreatModelOrTheClaimAreCaught()
    {
        var sound = new Recheck
        {
            Accuracy = new Accuracy(5, 10), Rounded = new Accuracy(6, 10), PredictionsChanged = 0, LargestDistance = 0.1f, LargestRoundedDistance = 0.1f, OutsideBall = 0, NaNs = 0,
            Smallest = 0, Largest = 1,
        };
        HonestyVerdict Judge(Recheck recheck) => new AuditCheck().Judge(recheck, new Accuracy(5, 10), 0.1f).Verdict;
        Assert.That(Judge(sound), Is.EqualTo(HonestyVerdict.Pass));
        Assert.That(Judge(sound with { OutsideBall = 1 }), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge(sound with { NaNs = 1 }), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge(sound with { Largest = 1.1f }), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge(sound with { PredictionsChanged = 1 }), Is.EqualTo(HonestyVerdict.Fail));
        Assert.That(Judge(sound with { Accuracy = new Accuracy(6, 10) }), Is.EqualTo(HonestyVerdict.Fail));
    }

    [Test]
    public void FindingsDoNotDependOnThreadsAndPassesStayBelowTheEstimate()
    {
        var estimates = new Estimates();
        var reports = new[] { 1, 3 }.Select(threads =>
        {
            using var bench = new Bench(Honest, s_settings with { Steps = 3 }, images: 24, threads: threads);
            return bench.Examine(estimates);
        }).ToArray();
        Assert.That(reports[1].Findings.Select(finding => finding.Figures), Is.EqualTo(reports[0].Findings.Select(finding => finding.Figures)));
        Assert.That(reports[1].Passes, Is.EqualTo(reports[0].Passes));
        Assert.That(reports[0].Passes, Is.GreaterThan(0));
        Assert.That(estimates.Most.Forwards, Is.GreaterThanOrEqualTo(reports[0].Passes));
        Assert.That(estimates.Shares, Is.All.InRange(0, 1));
        Assert.That(estimates.Shares.Count, Is.GreaterThan(15));
    }

    private static VisionTransformer Honest(Device device) => TinyModels.SteepClassifier(device);

    private static VisionTransformer Scaled(Device device, float factor)
    {
        var model = Honest(device);
        foreach (var name in new[] { "head.weight", "head.bias" })
        {
            var value = model.Parameters[name].Value;
            value.CopyFrom(Array.ConvertAll(value.ToArray(), x => x * factor));
        }

        model.Refresh();
        return model;
    }

    /// <summary>Answers every image with the same probabilities.</summary>
    private static VisionTransformer Constant(Device device)
    {
        var model = Honest(device);
        model.Parameters["head.weight"].Value.CopyFrom(new float[model.Encoder.Embed * model.Classes]);
        model.Parameters["head.bias"].Value.CopyFrom([0.6f, 0.1f, 0.1f, 0.1f, 0.1f]);
        model.Refresh();
        return model;
    }

    /// <summary>A finished evaluation to examine.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly HostDevice _device;
        private readonly EvaluationSession _session;
        private readonly HonestySettings _asked;
        private readonly HonestyBench _bench;

        public Bench(
            Func<Device, VisionTransformer> make, AttackSettings settings, int images, string plan = "pgd", string? surrogate = null, int threads = 2)
        {
            _device = new HostDevice(threads);
            var model = make(_device);
            _asked = new HonestySettings { Checkpoint = _folder.File("model.safetensors"), Images = images, Queries = 50, Surrogate = surrogate };
            Checkpoint.Save(_asked.Checkpoint, model, null, CheckpointInfo.Of(model));
            _session = new EvaluationSession(
                model, TinyAttacks.Images(model, images), AttackPlan.Of(plan.Split(','), settings), settings, EvaluationMode.Survivors, 64);
            _session.Run(new Unheard(), default);
            _bench = new HonestyBench(_session, _asked, _ => { }, default);
        }

        public HonestyReport Examine(IHonestyObserver observer) => HonestyExamination.Run(_session, _asked, observer, default);

        public HonestyVerdict Of(int number)
        {
            var finding = HonestyChecks.All[number - 1].Run(_bench);
            TestContext.Out.WriteLine(finding);
            return finding.Verdict;
        }

        public void Dispose()
        {
            _bench.Dispose();
            _session.Dispose();
            _device.Dispose();
            _folder.Dispose();
        }
    }

    private sealed class Unheard : IEvaluationObserver, IHonestyObserver;

    private sealed class Estimates : IHonestyObserver
    {
        public HonestyCost Most { get; private set; }

        public List<double> Shares { get; } = [];

        public bool WantsProgress => true;

        public void OnEstimate(int images, HonestyCost most, double seconds) => Most = most;

        public void OnProgress(int number, string title, double share, double remaining) => Shares.Add(share);
    }
}
