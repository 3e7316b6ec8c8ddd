using System.Diagnostics;

namespace Mimir.Runtime.Evaluation;

/// <summary>Says how long an evaluation will still take. The current attack's images are taken to need as much as those that are done, later
/// attacks to need all their passes on every image that stands now: as images break, the end comes nearer.</summary>
/// <param name="session">The evaluation.</param>
/// <param name="number">The attack under way.</param>
/// <param name="record">What it did.</param>
/// <param name="clock">Runs since the attack's sitting began.</param>
internal sealed class ProgressEstimate(EvaluationSession session, int number, AttackRecord record, Stopwatch clock)
{
    private readonly long _later = session.Plan.Skip(number + 1).Sum(attack => (long)attack.Passes);
    private readonly long _earlier = session.Results.Attacks.Sum(attack => attack.Forwards);

    /// <summary>The figures now.</summary>
    public EvaluationProgress Of(AttackCollector now)
    {
        var seconds = clock.Elapsed.TotalSeconds;
        var most = session.Plan[number].Passes;
        var each = now.Images > 0 ? (double)now.Forwards / now.Images : most;
        var standing = session.Results.RobustAccuracy.Correct - (record.IsBounded ? now.Fooled : 0);
        var mine = Math.Max(0, (record.Images.Count - record.Done) * each - (now.Evaluations - now.Forwards));
        var remaining = mine + (double)_later * Math.Max(0, standing);
        var done = _earlier + (double)now.Evaluations;
        return new EvaluationProgress(
            record.Name, number, session.Plan.Count, record.Done, record.Images.Count, new Accuracy(Math.Max(0, standing), session.Images.Count),
            now.Images / seconds, now.Evaluations / seconds, now.Evaluations == 0 ? double.NaN : remaining * seconds / now.Evaluations,
            remaining + done == 0 ? 0 : done / (remaining + done));
    }
}
