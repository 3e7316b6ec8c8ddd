using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Attacks;

/// <summary>A lane's images in <see cref="CarliniWagnerAttack"/>.</summary>
internal sealed class CarliniWagnerRun : AttackRun
{
    private const int WeightColumn = 0;
    private const int RateColumn = 1;
    private const int RootColumn = 2;

    private readonly CarliniWagnerAttack _attack;
    private readonly DeviceSpan<float> _points;
    private readonly DeviceSpan<float> _gradient;
    private readonly DeviceSpan<float> _variables;
    private readonly DeviceSpan<float> _firstMoments;
    private readonly DeviceSpan<float> _secondMoments;
    private readonly DeviceSpan<float> _distances;
    private readonly SlotNumbers _numbers;
    private readonly float[] _distancesHere;
    private readonly State[] _states;

    public CarliniWagnerRun(CarliniWagnerAttack attack, Victim victim, int slots)
        : base(victim, slots)
    {
        _attack = attack;
        _points = AddRows("iterates");
        _gradient = AddRows("gradients");
        _variables = AddRows("variables");
        _firstMoments = AddRows("first moments");
        _secondMoments = AddRows("second moments");
        _distances = AddRows("distances", 1);
        _numbers = new SlotNumbers(victim.Model.Device, slots, 1, 1, 1);
        (_distancesHere, _states) = (new float[slots], new State[slots]);
    }

    protected override void Start(int slot)
    {
        _states[slot] = new State { LastCost = double.PositiveInfinity, Best = float.PositiveInfinity };
        TanhStep.Start(
            RowOf(Natural, slot), RowOf(_variables, slot), RowOf(_firstMoments, slot), RowOf(_secondMoments, slot), RowOf(_points, slot));
    }

    protected override void Step(int count)
    {
        var values = Victim.Values;
        var moves = Evaluate(new AttackLoss(MarginForm.Margin), _points, count, default, _gradient);
        var distances = RowsOf(_distances, count);
        Rows.Distances(linf: false, RowsOf(_points, count), RowsOf(Natural, count), count, values, distances);
        distances.CopyTo(_distancesHere.AsSpan(0, count));
        var groupCost = 0.0;
        for (var slot = 0; slot < count; slot++)
        {
            KeepIfNearer(slot);
            groupCost += CostOf(slot);
        }

        for (var slot = 0; slot < count; slot++)
            Judge(slot, _attack.Group > 1 ? groupCost : CostOf(slot));
        if (!moves)
            return;
        _numbers.Send();
        TanhStep.Step(
            RowsOf(_gradient, count), RowsOf(Natural, count), _numbers.FloatThere(WeightColumn, count), _numbers.FloatThere(RateColumn, count),
            _numbers.FloatThere(RootColumn, count), count, values, RowsOf(_variables, count), RowsOf(_firstMoments, count),
            RowsOf(_secondMoments, count), RowsOf(_points, count));
    }

    protected override bool WantsGradient(int slot) => _states[slot].Steps < _attack.Steps - 1;

    protected override void Move(int from, int to) => _states[to] = _states[from];

    protected override void Dispose(bool disposing)
    {
        _numbers.Dispose();
        base.Dispose(disposing);
    }

    private void KeepIfNearer(int slot)
    {
        ref var state = ref _states[slot];
        if (!IsFooled(slot) || !(_distancesHere[slot] < state.Best))
            return;
        state.Best = _distancesHere[slot];
        Keep(_points, slot);
    }

    private double CostOf(int slot) =>
        (double)_distancesHere[slot] * _distancesHere[slot] + _attack.C * (double)Math.Max(-Losses[slot], -_attack.Kappa);

    /// <summary>Ends a slot's image, or says how its next step goes.</summary>
    private void Judge(int slot, double cost)
    {
        ref var state = ref _states[slot];
        var stops = state.Steps == _attack.Steps - 1;
        if (state.Steps % Math.Max(_attack.Steps / CarliniWagnerAttack.Looks, 1) == 0)
        {
            stops |= cost > state.LastCost;
            state.LastCost = cost;
        }

        if (stops)
            Finish(slot, float.IsFinite(state.Best), state.Best);
        state.Steps++;

        // The margin loss rises with the attack; beyond κ the original's is clamped and has no gradient.
        _numbers.Float(WeightColumn, slot)[0] = Losses[slot] <= _attack.Kappa ? -_attack.C : 0;
        _numbers.Float(RateColumn, slot)[0] = (float)(_attack.Rate / (1 - Math.Pow(TanhStep.Beta1, state.Steps)));
        _numbers.Float(RootColumn, slot)[0] = (float)Math.Sqrt(1 - Math.Pow(TanhStep.Beta2, state.Steps));
    }

    private struct State
    {
        public int Steps;
        public double LastCost;
        public float Best;
    }
}
