using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Attacks;

/// <summary>Projected gradient ascent under way. What is raised may be replaced: <see cref="EvaluatePoints"/>.</summary>
internal class PgdRun : AttackRun
{
    private readonly PgdAttack _attack;
    private readonly AttackLoss _loss;
    private readonly bool _together;
    private readonly State[] _states;
    private readonly SlotNumbers? _targets; // one column of one class
    private readonly DeviceSpan<float> _radii; // for L2: how far out a start is, in units of ε

    /// <summary>Prepares empty slots.</summary>
    /// <param name="attack">Its settings.</param>
    /// <param name="victim">The lane's view of the model.</param>
    /// <param name="slots">How many.</param>
    /// <param name="together">Whether what happens to an image depends on those beside it: all then stay until the last step, and there is one start.</param>
    public PgdRun(PgdAttack attack, Victim victim, int slots, bool together = false)
        : base(victim, slots)
    {
        (_attack, _together) = (attack, together);
        _loss = attack.Loss.For(victim.Model.Classes);
        Points = AddRows("iterates");
        Gradient = AddRows("gradients");
        _states = new State[slots];
        if (_loss.IsTargeted)
            _targets = new SlotNumbers(victim.Model.Device, slots, 1);
        if (attack.Norm == AttackNorm.L2)
            _radii = AddRows("radii of starts", 1);
    }

    /// <summary>[slots, values], the iterates.</summary>
    protected DeviceSpan<float> Points { get; }

    /// <summary>[slots, values], what is raised differentiated at the iterates.</summary>
    protected DeviceSpan<float> Gradient { get; }

    protected override void Start(int slot)
    {
        _states[slot] = new State { BestLoss = float.NegativeInfinity };
        if (_targets is not null)
            _states[slot].Target = ChooseTarget(slot);
        StartAgain(slot);
    }

    protected override void Step(int count)
    {
        var steps = EvaluatePoints(count);
        for (var slot = 0; slot < count; slot++)
            Judge(slot);
        if (steps)
            Ascend(count);
        for (var slot = 0; slot < count; slot++)
        {
            if (_states[slot].Restarts)
                StartAgain(slot);
        }
    }

    /// <summary>Evaluates the iterates of the first slots: fills <see cref="AttackRun.Logits"/>, <see cref="AttackRun.Losses"/> and
    /// <see cref="Gradient"/>.</summary>
    /// <returns>Whether the gradient was computed: where no slot wants it, it need not be.</returns>
    protected virtual bool EvaluatePoints(int count) => Evaluate(_loss, Points, count, SendTargets(count), Gradient);

    /// <summary>Puts the start of an attempt into a slot's iterate.</summary>
    /// <param name="slot">Which slot.</param>
    /// <param name="attempt">The attempt's number, from 0.</param>
    protected virtual void Place(int slot, int attempt)
    {
        var (natural, point, epsilon) = (RowOf(Natural, slot), RowOf(Points, slot), _attack.Budget.Epsilon);
        var first = (ulong)ImageOf(slot) * (ulong)point.Length;
        var stream = RandomStreams.Of(RandomPurpose.AttackStart, attempt);
        if (!_attack.RandomStart)
        {
            Elementwise.Copy(natural, point);
        }
        else if (_attack.Norm == AttackNorm.Linf)
        {
            Philox.Uniform(_attack.Seed, stream, first, -epsilon, epsilon, point);
            LinfStep.Start(natural, point, point);
        }
        else
        {
            var radius = RowOf(_radii, slot);
            Philox.Normal(_attack.Seed, stream, first, 0, 1, point);
            Philox.Uniform(_attack.Seed, RandomStreams.Of(RandomPurpose.AttackRadius, attempt), (ulong)ImageOf(slot), 0, 1, radius);
            L2Step.Start(natural, point, radius, 1, Victim.Values, epsilon, point);
        }
    }

    protected override bool WantsGradient(int slot) => _states[slot].Steps < _attack.Budget.Steps;

    protected override void Move(int from, int to) => _states[to] = _states[from];

    protected override void Dispose(bool disposing)
    {
        _targets?.Dispose();
        base.Dispose(disposing);
    }

    private void StartAgain(int slot)
    {
        ref var state = ref _states[slot];
        (state.Steps, state.Restarts) = (0, false);
        Place(slot, state.Attempt);
    }

    private void Ascend(int count)
    {
        var ((epsilon, alpha, _), natural, points) = (_attack.Budget, RowsOf(Natural, count), RowsOf(Points, count));
        if (_attack.Norm == AttackNorm.Linf)
            LinfStep.Step(RowsOf(Gradient, count), natural, epsilon, alpha, points);
        else
            L2Step.Step(RowsOf(Gradient, count), natural, count, Victim.Values, epsilon, alpha, points);
    }

    private int ChooseTarget(int slot)
    {
        EvaluateNatural(slot);
        Span<int> ranked = stackalloc int[Math.Min(_attack.TargetRank, Victim.Model.Classes - 1)];
        TargetRanking.Fill(LogitsOf(slot), LabelOf(slot), ranked);
        return ranked[^1];
    }

    private DeviceSpan<int> SendTargets(int count)
    {
        if (_targets is null)
            return default;
        for (var slot = 0; slot < count; slot++)
            _targets.Whole(0, slot)[0] = _states[slot].Target;
        _targets.Send();
        return _targets.WholeThere(0, count);
    }

    private void Judge(int slot)
    {
        ref var state = ref _states[slot];
        var fooled = IsFooled(slot);
        var last = state.Steps == _attack.Budget.Steps;
        var kept = _attack.Keep switch
        {
            PgdKeep.FirstSuccess => !state.Fooled && (fooled || (last && Losses[slot] > state.BestLoss)),
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
        public int Target;
        public bool Restarts;
        public bool Fooled;
        public float BestLoss;
    }
}
