using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Evaluation;

[TestFixture]
internal sealed class RecheckTests
{
    private static readonly AttackSettings s_settings = new() { Eps = 16f / 255, Alpha = 4f / 255, Seed = 3 };

    [Test]
    public void AFinishedEvaluationFindsItsOwnAccuracy()
    {
        using var session = Evaluated(out var device);
        using var owned = device;
        var recheck = session.Recheck(default);
        Assert.That(recheck.Accuracy, Is.EqualTo(session.Results.RobustAccuracy));
        Assert.That(recheck.PredictionsChanged, Is.Zero);
        Assert.That(recheck.LargestDistance, Is.EqualTo(session.Results.Attacks.Single().Distances.Max()).And.GreaterThan(0.06f));
        Assert.That(recheck.LargestRoundedDistance, Is.EqualTo(recheck.LargestDistance).Within(0.51 / 255));
        Assert.That(recheck.IsSound);
    }

    [Test]
    public void RoundedImagesAreClassifiedToo()
    {
        using var session = Evaluated(out var device);
        using var owned = device;
        var rounded = Array.ConvertAll(TinyEvaluation.Adversarial(session.Results), pixel => MathF.Round(pixel * 255) / 255);
        var classes = TinyEvaluation.Answers(device, session.Model, rounded);
        var right = classes.Where((answer, i) => answer == session.Images.Labels[i]).Count();
        Assert.That(session.Recheck(default).Rounded, Is.EqualTo(new Accuracy(right, TinyEvaluation.Images)));
    }

    [Test]
    public void DefectsOfAFileAreFound()
    {
        using var session = Evaluated(out var device);
        using var owned = device;
        var pixels = TinyEvaluation.Adversarial(session.Results);
        pixels[3] = float.NaN;
        pixels[TinyEvaluation.Values] += pixels[TinyEvaluation.Values] > 0.5f ? -0.2f : 0.2f;
        pixels[2 * TinyEvaluation.Values] = 1.5f;
        var recheck = session.Recheck(new AdversarialImages(pixels, TinyEvaluation.Values), default);
        Assert.That(recheck.NaNs, Is.EqualTo(1));
        Assert.That(recheck.Largest, Is.EqualTo(1.5f));
        Assert.That(recheck.OutsideBall, Is.EqualTo(3), "NaN is nowhere");
        Assert.That(recheck.PredictionsChanged, Is.Null);
        Assert.That(recheck.IsSound, Is.False);
    }

    [Test]
    public void FilesReadBackToTheSameBits([Values(".npy", ".safetensors")] string ending)
    {
        using var folder = new TemporaryFolder();
        using var session = Evaluated(out var device);
        using var owned = device;
        var path = folder.File("attacked" + ending);
        AdversarialFile.Write(path, session.Images, session.Results);
        var read = AdversarialFile.Read(path, session.Images);
        Assert.That(read.Values, Is.EqualTo(TinyEvaluation.Adversarial(session.Results)));
        Assert.That(read.Predictions, Is.EqualTo(session.Results.Predictions));
        Assert.That(session.Recheck(read, default), Is.EqualTo(session.Recheck(default)));
        Assert.That(
            () => AdversarialFile.Read(path, session.Images.Take(10)), Throws.TypeOf<FileFormatException>().With.Message.Contains("[10, 3, 8, 8]"));
    }

    [Test]
    public void DistancesAreThoseOfTheNorm()
    {
        Assert.That(AdversarialAudit.Distance(AttackNorm.Linf, [0, 0.5f, 1], [0.25f, 0.5f, 0.5f]), Is.EqualTo(0.5f));
        Assert.That(AdversarialAudit.Distance(AttackNorm.L2, [0, 0.5f, 1], [0.3f, 0.5f, 0.6f]), Is.EqualTo(0.5f).Within(1e-6));
        Assert.That(AdversarialAudit.Distance(AttackNorm.Linf, [0, 0], [float.NaN, 1]), Is.NaN);
        Assert.That(
            () => AdversarialAudit.Require("a", 7, AttackNorm.Linf, 0.5f, [0], [1.25f]),
            Throws.TypeOf<AttackViolationException>().With.Message.Contains("a returned image 7 with a pixel of 1.25"));
        Assert.That(
            () => AdversarialAudit.Require("a", 7, AttackNorm.Linf, 0.5f, [0], [float.NaN]), Throws.TypeOf<AttackViolationException>().With.Message.Contains("NaN"));
    }

    private static EvaluationSession Evaluated(out HostDevice device)
    {
        device = new HostDevice(2);
        var session = TinyEvaluation.Session(device, s_settings, "pgd-4");
        session.Run(new Unheard(), default);
        return session;
    }

    private sealed class Unheard : IEvaluationObserver;
}
