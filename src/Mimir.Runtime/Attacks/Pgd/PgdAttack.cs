using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Attacks;

/// <summary>Projected gradient ascent (Madry et al. 2018, arXiv:1706.06083) in the L∞ ball, x' ← Π(x' + α·sign ∇loss), from a start that is
/// uniform in the ball.</summary>
/// <param name="Budget">ε, α and the number of steps.</param>
public sealed record PgdAttack(LinfBudget Budget) : IAttack
{
    /// <summary>What it raises.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>Which iterate is the result.</summary>
    public PgdKeep Keep { get; init; }

    /// <summary>Independent starts; later ones only for images that no earlier one fooled.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Decides every start, together with the restart and the image's number.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public string Name => $"pgd-{Budget.Steps}";

    /// <inheritdoc/>
    public AttackNorm Norm => AttackNorm.Linf;

    /// <inheritdoc/>
    public float Epsilon => Budget.Epsilon;

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new Run(this, victim, slots);

    private sealed class Run : AttackRun
    {
        private readonly PgdAttack _attack;
        private readonly DeviceSpan<float> _points;
        private readonly DeviceSpan<float> _gradient;
        private readonly State[] _states;

        public Run(PgdAttack attack, Victim victim, int slots)
            : base(victim, slots)
        {
            _attack = attack;
            _points = AddRows("iterates");
            _gradient = AddRows("gradients");
            _states = new State[slots];
        }

        protected override void Start(int slot)
        {
            _states[slot] = new State { BestLoss = float.NegativeInfinity };
            StartAgain(slot);
        }

        protected override void Step(int count)
        {
            var budget = _attack.Budget;
            var steps = Evaluate(_attack.Loss, _points, count, default, _gradient);
            for (var slot = 0; slot < count; slot++)
                Judge(slot);
            if (steps)
                LinfStep.Step(RowsOf(_gradient, count), RowsOf(Natural, count), budget.Epsilon, budget.Alpha, RowsOf(_points, count));
            for (var slot = 0; slot < count; slot++)
            {
                if (_states[slot].Restarts)
                    StartAgain(slot);
            }
        }

        protected override bool WantsGradient(int slot) => _states[slot].Steps < _attack.Budget.Steps;

        protected override void Move(int from, int to) => _states[to] = _states[from];

        private void StartAgain(int slot)
        {
            ref var state = ref _states[slot];
            (state.Steps, state.Restarts) = (0, false);
            var epsilon = _attack.Budget.Epsilon;
            var point = RowOf(_points, slot);
            Philox.Uniform(
                _attack.Seed, RandomStreams.Of(RandomPurpose.AttackStart, state.Attempt), (ulong)ImageOf(slot) * (ulong)point.Length, -epsilon, epsilon, point);
            LinfStep.Start(RowOf(Natural, slot), point, point);
        }

        private void Judge(int slot)
        {
            ref var state = ref _states[slot];
            var fooled = IsFooled(slot);
            var last = state.Steps == _attack.Budget.Steps;
            var kept = _attack.Keep switch
            {
                PgdKeep.FirstSuccess => fooled || last,
                PgdKeep.BestLoss => (fooled && !state.Fooled) || (fooled == state.Fooled && Losses[slot] > state.BestLoss),
                _ => last && (fooled || Losses[slot] > state.BestLoss),
            };
            if (kept)
            {
                Keep(_points, slot);
                (state.Fooled, state.BestLoss) = (fooled, Losses[slot]);
            }

            if (last || (fooled && _attack.Keep == PgdKeep.FirstSuccess))
            {
                state.Attempt++;
                if (state.Fooled || state.Attempt == _attack.Restarts)
                    Finish(slot, state.Fooled);
                else
                    state.Restarts = true;
            }

            state.Steps++;
        }

        private struct State
        {
            public int Steps;
            public int Attempt;
            public bool Restarts;
            public bool Fooled;
            public float BestLoss;
        }
    }
}
