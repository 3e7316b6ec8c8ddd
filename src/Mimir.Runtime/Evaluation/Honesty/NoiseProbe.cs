using System.Collections.Concurrent;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Random points of the ball, those that PGD would start from: whether one of them fools the model, and the loss at each.</summary>
/// <param name="start">Whose starts.</param>
/// <param name="draws">Points an image.</param>
internal sealed class NoiseProbe(PgdAttack start, int draws) : IAttack
{
    private readonly PgdAttack _start = start;
    private readonly ConcurrentDictionary<int, float[]> _losses = [];

    public string Name => "noise";

    public AttackNorm Norm => _start.Norm;

    public float Epsilon => _start.Epsilon;

    /// <summary>Points an image.</summary>
    public int Draws => draws;

    /// <summary>The loss at each point of an image.</summary>
    public IReadOnlyList<float> Losses(int image) => _losses[image];

    public AttackRun Begin(Victim victim, int slots) => new Run(this, victim, slots);

    private sealed class Run(NoiseProbe probe, Victim victim, int slots) : PgdRun(probe._start, victim, slots)
    {
        private readonly int[] _drawn = new int[slots];
        private readonly bool[] _fooled = new bool[slots];

        protected override void Start(int slot)
        {
            base.Start(slot);
            (_drawn[slot], _fooled[slot]) = (0, false);
            probe._losses[ImageOf(slot)] = new float[probe.Draws];
        }

        protected override void Step(int count)
        {
            EvaluatePoints(count);
            for (var slot = 0; slot < count; slot++)
            {
                probe._losses[ImageOf(slot)][_drawn[slot]++] = Losses[slot];
                _fooled[slot] |= IsFooled(slot);
                if (_drawn[slot] == probe.Draws)
                    Finish(slot, _fooled[slot]);
                else
                    Place(slot, _drawn[slot]);
            }
        }

        protected override void Move(int from, int to)
        {
            base.Move(from, to);
            (_drawn[to], _fooled[to]) = (_drawn[from], _fooled[from]);
        }
    }
}
