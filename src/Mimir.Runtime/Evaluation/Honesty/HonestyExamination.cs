using System.Diagnostics;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Runs all checks on a finished evaluation, on its model, images and lanes. The findings depend on seed and images, not on the number of threads.</summary>
public sealed class HonestyExamination
{
    private const int ProbeImages = 16;
    private const int ProbeSteps = 2;

    private readonly HonestyBench _bench;
    private readonly IHonestyObserver _observer;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private HonestyCheck _check = HonestyChecks.All[0];
    private HonestyCost _all;
    private HonestyCost _finished;
    private long _looked;
    private long _lookedHere;

    private HonestyExamination(EvaluationSession session, HonestySettings settings, IHonestyObserver observer, CancellationToken cancellation)
    {
        _observer = observer;
        _bench = new HonestyBench(session, settings, Looked, cancellation);
    }

    /// <summary>Examines an evaluation.</summary>
    /// <param name="session">After its run.</param>
    /// <param name="settings">How thoroughly.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops after the current step of an attack.</param>
    /// <exception cref="OperationCanceledException">It was stopped; there is no report.</exception>
    /// <exception cref="Formats.FileFormatException">The surrogate is no classifier of these images.</exception>
    public static HonestyReport Run(EvaluationSession session, HonestySettings settings, IHonestyObserver observer, CancellationToken cancellation)
    {
        var examination = new HonestyExamination(session, settings, observer, cancellation);
        using (examination._bench)
            return examination.Run();
    }

    private HonestyReport Run()
    {
        var costs = Costs();
        _all = costs.Values.Aggregate((a, b) => a + b);
        var (forward, backward) = MeasureSpeed();
        _observer.OnEstimate(_bench.Chosen.Length, _all, _all.Seconds(forward, backward));
        _clock.Restart();
        _looked = 0;
        var findings = new List<HonestyFinding>();
        foreach (var check in HonestyChecks.All)
        {
            _bench.Cancellation.ThrowIfCancellationRequested();
            (_check, _lookedHere) = (check, 0);
            var finding = check.Run(_bench);
            _finished += costs[check];
            findings.Add(finding);
            _observer.OnFinding(finding);
        }

        return new HonestyReport(findings, _bench.Chosen.Length, _bench.Right.Length, _looked, _clock.Elapsed.TotalSeconds);
    }

    // An attack that several checks read counts for the first.
    private Dictionary<HonestyCheck, HonestyCost> Costs()
    {
        var seen = new HashSet<IAttack>();
        return HonestyChecks.All.ToDictionary(
            check => check,
            check => check.Attacks(_bench).Where(attack => seen.Add(attack.Attack)).Aggregate(
                check.Cost(_bench), (sum, attack) => sum + attack.Cost * _bench.Right.Length));
    }

    private (double Forward, double Backward) MeasureSpeed()
    {
        var images = _bench.Right.AsMemory(0, Math.Min(ProbeImages, _bench.Right.Length));
        if (images.Length == 0)
            return (0, 0);
        double Seconds(int steps)
        {
            var probe = new LossTrace(_bench.PgdWith(_bench.Session.Settings.Eps, 0, steps) with { Keep = PgdKeep.Last });
            var clock = Stopwatch.StartNew();
            _bench.Session.Pass.Run(probe, _bench.Session.Images, images, new Ignoring(), _bench.Cancellation);
            return clock.Elapsed.TotalSeconds / images.Length;
        }

        Seconds(ProbeSteps); // code and memory are warm from here on
        var forward = Seconds(0);
        return (forward, Math.Max(0, (Seconds(ProbeSteps) - (ProbeSteps + 1) * forward) / ProbeSteps));
    }

    private void Looked(int images)
    {
        _looked += images;
        _lookedHere += images;
        if (!_observer.WantsProgress)
            return;
        var share = Math.Min(1, (_finished.Forwards + (double)_lookedHere) / Math.Max(1, _all.Forwards));
        var left = Math.Max(0, _all.Forwards - _finished.Forwards - _lookedHere);
        _observer.OnProgress(_check.Number, _check.Title, share, left * _clock.Elapsed.TotalSeconds / _looked);
    }

    private sealed class Ignoring : IAttackSink
    {
        public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial)
        {
        }
    }
}
