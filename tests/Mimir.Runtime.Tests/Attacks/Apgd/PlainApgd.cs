using Mimir.Runtime.Attacks;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>Auto-PGD on one image as it is written down: float64, a table of losses, no early end.</summary>
internal sealed class PlainApgd(ApgdAttack attack, AttackReference reference, double[] natural, int label)
{
    /// <summary>The last point of all runs that was classified wrongly; null while there is none.</summary>
    public double[]? Adversarial { get; private set; }

    /// <summary>The largest loss of all runs.</summary>
    public double Loss { get; private set; } = double.NegativeInfinity;

    /// <summary>The point with the largest loss of the last run.</summary>
    public double[] BestPoint { get; private set; } = [];

    public void Run(float[] start, int target)
    {
        var n = attack.Iterations;
        var point = Array.ConvertAll(start, v => (double)v);
        var before = point;
        var (loss, gradient) = Evaluate(point, target);
        var (best, bestPoint, bestGradient) = (loss, point, gradient);
        var (step, reduced, bestAtCheckpoint) = (2.0 * attack.Epsilon, true, loss);
        var losses = new double[n];
        var interval = Math.Max((int)(0.22 * n), 1);
        for (var (i, next) = (0, interval - 1); i < n; i++)
        {
            var share = i == 0 ? 1 : 0.75;
            var momentum = point.Zip(before, (a, b) => a - b).ToArray();
            var direction = AttackReference.Direction(attack.Norm, gradient);
            var moved = Project([.. point.Zip(direction, (p, d) => p + step * d)]);
            before = point;
            point = Project([.. point.Select((p, k) => p + share * (moved[k] - p) + (1 - share) * momentum[k])]);
            (loss, gradient) = Evaluate(point, target);
            losses[i] = loss;
            if (loss > best)
                (best, bestPoint, bestGradient) = (loss, point, gradient);
            if (i != next)
                continue;
            var rises = Enumerable.Range(0, interval).Count(c => losses[i - c] > (i - c == 0 ? 0 : losses[i - c - 1]));
            var reduce = rises <= attack.Rho * interval || (!reduced && bestAtCheckpoint >= best);
            if (reduce)
                (step, point, gradient) = (step / 2, bestPoint, bestGradient);
            (reduced, bestAtCheckpoint) = (reduce, best);
            interval = Math.Max(interval - Math.Max((int)(0.03 * n), 1), Math.Max((int)(0.06 * n), 1));
            next = i + interval;
        }

        BestPoint = bestPoint;
    }

    private double[] Project(double[] point) => AttackReference.Project(attack.Norm, point, natural, attack.Epsilon);

    private (double Loss, double[] Gradient) Evaluate(double[] point, int target)
    {
        var (logits, loss, gradient) = reference.Evaluate(attack.Loss, point, label, target);
        Loss = Math.Max(Loss, loss);
        if (Predictions.ArgMax(logits) != label)
            Adversarial = point;
        return (loss, gradient);
    }
}
