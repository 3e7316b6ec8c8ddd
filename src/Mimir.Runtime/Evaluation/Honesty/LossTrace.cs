using System.Collections.Concurrent;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>PGD from one start that keeps what it raises, at every step of every image.</summary>
internal sealed class LossTrace(PgdAttack attack) : IAttack
{
    private readonly PgdAttack _attack = attack;
    private readonly ConcurrentDictionary<int, float[]> _losses = [];

    public string Name => _attack.Name;

    public AttackNorm Norm => _attack.Norm;

    public float Epsilon => _attack.Epsilon;

    /// <summary>Iterates of an image: the start and every step.</summary>
    public int Iterates => _attack.Budget.Steps + 1;

    /// <summary>The mean over images of the loss at every iterate.</summary>
    public double[] Mean(IReadOnlyList<int> images) =>
        [.. Enumerable.Range(0, Iterates).Select(step => images.Select(image => (double)_losses[image][step]).DefaultIfEmpty(0).Average())];

    public AttackRun Begin(Victim victim, int slots) => new Run(this, victim, slots);

    private sealed class Run(LossTrace trace, Victim victim, int slots) : PgdRun(trace._attack, victim, slots)
    {
        private readonly int[] _steps = new int[slots];

        protected override void Start(int slot)
        {
            base.Start(slot);
            _steps[slot] = 0;
            trace._losses[ImageOf(slot)] = new float[trace.Iterates];
        }

        protected override bool EvaluatePoints(int count)
        {
            var computed = base.EvaluatePoints(count);
            for (var slot = 0; slot < count; slot++)
                trace._losses[ImageOf(slot)][_steps[slot]++] = Losses[slot];
            return computed;
        }

        protected override void Move(int from, int to)
        {
            base.Move(from, to);
            _steps[to] = _steps[from];
        }
    }
}
