using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Attacks;

/// <summary>Projected gradient ascent under way. What is raised may be replaced: <see cref="EvaluatePoints"/>.</summary>
internal class PgdRun : AttackRun
{
    private readonly PgdAttack _attack;
    private readonly bool _together;
    private readonly State[] _states;

    /// <summary>Prepares empty slots.</summary>
    /// <param name="attack">Its settings.</param>
    /// <param name="victim">The lane's view of the model.</param>
    /// <param name="slots">How many.</param>
    /// <param name="together">Whether what happens to an image depends on those beside it: all then stay until the last step, and there is one start.</param>
    public PgdRun(PgdAttack attack, Victim victim, int slots, bool together = false)
        : base(victim, slots)
    {
        (_attack, _together) = (attack, together);
        Points = AddRows("iterates");
        Gradient = AddRows("gradients");
        _states = new State[slots];
    }

    /// <summary>[slots, values], the iterates.</summary>
    protected DeviceSpan<float> Points { get; }

    /// <summary>[slots, values], what is raised differentiated at the iterates.</summary>
    protected DeviceSpan<float> Gradient { get; }

    protected override void Start(int slot)
    {
        _states[slot] = new State { BestLoss = float.NegativeInfinity };
        StartAgain(slot);
    }

    protected override void Step(int count)
    {
        var budget = _attack.Budget;
        var steps = EvaluatePoints(count);
        for (var slot = 0; slot < count; slot++)
            Judge(slot);
        if (steps)
            LinfStep.Step(RowsOf(Gradient, count), RowsOf(Natural, count), budget.Epsilon, budget.Alpha, RowsOf(Points, count));
        for (var slot = 0; slot < count; slot++)
        {
            if (_states[slot].Restarts)
                StartAgain(slot);
        }
    }

    /// <summary>Evaluates the iterates of the first slots: fills <see cref="AttackRun.Logits"/>, <see cref="AttackRun.Losses"/> and
    /// <see cref="Gradient"/>.</summary>
    /// <returns>Whether the gradient was computed: where no slot wants it, it need not be.</returns>
    protected virtual bool EvaluatePoints(int count) => Evaluate(_attack.Loss, Points, count, default, Gradient);

    protected override bool WantsGradient(int slot) => _states[slot].Steps < _attack.Budget.Steps;

    protected override void Move(int from, int to) => _states[to] = _states[from];

    private void StartAgain(int slot)
    {
        ref var state = ref _states[slot];
        (state.Steps, state.Restarts) = (0, false);
        var epsilon = _attack.Budget.Epsilon;
        var point = RowOf(Points, slot);
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
            PgdKeep.FirstSuccess => !state.Fooled && (fooled || last),
            PgdKeep.BestLoss => (fooled && !state.Fooled) || (fooled == state.Fooled && Losses[slot] > state.BestLoss),
            _ => last && (fooled || Losses[slot] > state.BestLoss),
        };
        if (kept)
        {
            Keep(Points, slot);
            (state.Fooled, state.BestLoss) = (fooled, Losses[slot]);
        }

        if (last || (fooled && _attack.Keep == PgdKeep.FirstSuccess && !_together))
        {
            state.Attempt++;
            if (state.Fooled || state.Attempt == _attack.Restarts || _together)
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
