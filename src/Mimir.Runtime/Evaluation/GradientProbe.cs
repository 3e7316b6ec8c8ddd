using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Looks for images at which a loss has no gradient, so that attacks that follow it stand still: one forward and one backward pass each.
/// <see cref="AttackResult.Fooled"/> says that every value of the gradient is 0 or one is no number.</summary>
/// <param name="Loss">The loss; without targets.</param>
internal sealed record GradientProbe(AttackLoss Loss) : IAttack
{
    /// <inheritdoc/>
    public string Name => "gradient probe";

    /// <inheritdoc/>
    public AttackNorm Norm => AttackNorm.Linf;

    /// <inheritdoc/>
    public float Epsilon => 0;

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new Run(Loss, victim, slots);

    private sealed class Run : AttackRun
    {
        private readonly AttackLoss _loss;
        private readonly DeviceSpan<float> _gradient;
        private readonly DeviceSpan<float> _norms;
        private readonly float[] _read;

        public Run(AttackLoss loss, Victim victim, int slots)
            : base(victim, slots)
        {
            _loss = loss;
            _gradient = AddRows("gradients");
            _norms = AddRows("norms of gradients", 1);
            _read = new float[slots];
        }

        protected override void Start(int slot)
        {
        }

        protected override void Step(int count)
        {
            Evaluate(_loss, Natural, count, default, _gradient);
            Rows.Distances(linf: true, RowsOf(_gradient, count), default, count, Victim.Values, RowsOf(_norms, count));
            RowsOf(_norms, count).CopyTo(_read.AsSpan(0, count));
            for (var slot = 0; slot < count; slot++)
                Finish(slot, !(_read[slot] > 0));
        }

        protected override void Move(int from, int to)
        {
        }
    }
}
