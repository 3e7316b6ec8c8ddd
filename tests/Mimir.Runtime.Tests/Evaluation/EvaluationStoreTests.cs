using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Evaluation;

[TestFixture]
internal sealed class EvaluationStoreTests
{
    private const string Plan = "pgd-1,pgd-4,pgd-8";

    private static readonly AttackSettings s_settings = new() { Eps = 16f / 255, Alpha = 4f / 255, Restarts = 2, Seed = 3 };

    private static readonly EvaluationIdentity s_identity = new("checkpoint", "data");

    [Test]
    public void AnInterruptedEvaluationEndsWithTheBitsOfAWholeOne([Values(0, 7, 30, 50, 55)] int images)
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        using var whole = Evaluate(device, Plan, store: null);
        Assert.That(whole.Results.Attacks.Select(attack => attack.Broken), Is.All.Positive, "every attack breaks images");

        Interrupt(device, folder.File("run"), images);
        using var resumed = Evaluate(device, Plan, Reopened(folder.File("run")));
        RequireSame(resumed.Results, whole.Results);
    }

    [Test]
    public void ACrashBetweenTheFilesLosesNothing([Values(7, 50)] int images)
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        using var whole = Evaluate(device, Plan, store: null);
        Interrupt(device, folder.File("run"), images);
        var older = File.ReadAllBytes(folder.File("run/evaluation.json"));
        using (Evaluate(device, Plan, Reopened(folder.File("run"))))
            File.WriteAllBytes(folder.File("run/evaluation.json"), older); // the images stay those of the end
        using var resumed = Evaluate(device, Plan, Reopened(folder.File("run")));
        RequireSame(resumed.Results, whole.Results);
    }

    [Test]
    public void AFinishedEvaluationIsReadAndNotRunAgain()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        using var first = Evaluate(device, Plan, Fresh(folder.File("run")));
        using var again = TinyEvaluation.Session(device, s_settings, Plan, store: Reopened(folder.File("run")));
        again.Run(new Unheard(_ => throw new InvalidOperationException("an attack ran")), default);
        RequireSame(again.Results, first.Results);
    }

    [Test]
    public void AnotherEvaluationsStateIsRefused()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        using (Evaluate(device, Plan, Fresh(folder.File("run"))))
        {
        }

        void Refused(string message, string plan = Plan, AttackSettings? settings = null, EvaluationIdentity? identity = null, EvaluationMode mode = EvaluationMode.Survivors)
        {
            using var session = TinyEvaluation.Session(device, settings ?? s_settings, plan, 16, mode, Reopened(folder.File("run"), identity));
            Assert.That(() => session.Run(new Unheard(_ => { }), default), Throws.TypeOf<RunFolderException>().With.Message.Contains(message));
        }

        Refused("attacks pgd-1,pgd-4,pgd-8 there, pgd-1,pgd-4 here", plan: "pgd-1,pgd-4");
        Refused("settings of pgd-1", settings: s_settings with { Alpha = 1f / 255 });
        Refused("mode Survivors there, Individual here", mode: EvaluationMode.Individual);
        Refused("checkpoint (SHA-256) checkpoint there, other here", identity: s_identity with { CheckpointSha256 = "other" });
        Refused("images (SHA-256) data there, other here", identity: s_identity with { DataSha256 = "other" });
    }

    [Test]
    public void GroupsThatAreNotDoneAsAWholeAreForgotten()
    {
        var record = new AttackRecord("coupled", AttackNorm.Linf, isBounded: true, [.. Enumerable.Range(10, 8)]);
        foreach (var position in new[] { 0, 1, 2, 4, 6, 7 })
            record.Set(position, new AttackResult(true, 0, 1, 1, 1), 0.1f, [1]);
        record.ForgetPartGroups(3);
        Assert.That(record.Left, Is.EqualTo(new[] { 3, 4, 5 }));
        Assert.That(record.Done, Is.EqualTo(5));
    }

    [Test]
    public void WhatIsEvaluatedIsKnownByItsContent()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(1);
        using var model = TinyEvaluation.Model(device);
        var images = TinyEvaluation.Set(device, model);
        File.WriteAllText(folder.File("a"), "abc");
        var identity = EvaluationIdentity.Of(folder.File("a"), images);
        Assert.That(identity.CheckpointSha256, Is.EqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "FIPS 180-2, appendix B.1");
        Assert.That(identity.DataSha256, Is.EqualTo(EvaluationIdentity.Of(folder.File("a"), images.Take(TinyEvaluation.Images)).DataSha256));
        Assert.That(identity.DataSha256, Is.Not.EqualTo(EvaluationIdentity.Of(folder.File("a"), images.Take(TinyEvaluation.Images - 1)).DataSha256));
    }

    private static void Interrupt(HostDevice device, string folder, int images)
    {
        using var stop = new CancellationTokenSource();
        using var session = TinyEvaluation.Session(device, s_settings, Plan, store: Fresh(folder));
        var done = 0;
        Assert.That(
            () => session.Run(
                new Unheard(progress =>
                {
                    done = session.Results.Attacks.Sum(attack => attack.Done);
                    if (done >= images)
                        stop.Cancel();
                }),
                stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(done, Is.AtLeast(images));
    }

    private static EvaluationSession Evaluate(HostDevice device, string plan, EvaluationStore? store)
    {
        var session = TinyEvaluation.Session(device, s_settings, plan, store: store);
        session.Run(new Unheard(_ => { }), default);
        return session;
    }

    private static EvaluationStore Fresh(string folder) => new(RunFolder.Prepare(folder, new { }), s_identity);

    private static EvaluationStore Reopened(string folder, EvaluationIdentity? identity = null) => new(RunFolder.Open(folder), identity ?? s_identity);

    private static void RequireSame(EvaluationResults actual, EvaluationResults expected)
    {
        Assert.That(actual.Robust, Is.EqualTo(expected.Robust));
        Assert.That(actual.BrokenBy, Is.EqualTo(expected.BrokenBy));
        Assert.That(actual.Predictions, Is.EqualTo(expected.Predictions));
        Assert.That(TinyEvaluation.Adversarial(actual), Is.EqualTo(TinyEvaluation.Adversarial(expected)));
        foreach (var (mine, theirs) in actual.Attacks.Zip(expected.Attacks))
        {
            Assert.That(mine.Images, Is.EqualTo(theirs.Images));
            Assert.That(mine.Results, Is.EqualTo(theirs.Results));
            Assert.That(mine.Predictions, Is.EqualTo(theirs.Predictions));
            Assert.That(mine.Distances, Is.EqualTo(theirs.Distances));
            Assert.That((mine.Broken, mine.RobustAfter, mine.Disagreements), Is.EqualTo((theirs.Broken, theirs.RobustAfter, theirs.Disagreements)));
        }
    }

    private sealed class Unheard(Action<EvaluationProgress> told) : IEvaluationObserver
    {
        public bool WantsProgress => true;

        public void OnProgress(in EvaluationProgress progress) => told(progress);
    }
}
