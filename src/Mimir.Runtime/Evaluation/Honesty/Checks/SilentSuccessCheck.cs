using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Images that an attack had fooled on its way and gave back right: the accuracy counts them as robust (Pintor et al. 2022, "silent success").</summary>
internal sealed class SilentSuccessCheck() : HonestyCheck(10, "silent success")
{
    public override HonestyFinding Run(HonestyBench bench)
    {
        var records = bench.Session.Results.Attacks.Where(attack => attack.IsBounded).ToArray();
        if (records.Length == 0)
            return Finding(HonestyVerdict.NotRun, "no attack was run");
        var silent = records.Where(record => record.SilentSuccesses > 0).ToArray();
        if (silent.Length == 0)
            return Finding(HonestyVerdict.Pass, $"none in {records.Length} {(records.Length == 1 ? "attack" : "attacks")}");
        var figures = string.Join(", ", silent.Select(record => $"{record.Name} {record.SilentSuccesses} of {record.Images.Count}"));
        return bench.Session.Settings.Keep == PgdKeep.Last
            ? Finding(HonestyVerdict.Warn, $"{figures}: --keep last gives successes away; use --keep first-success")
            : Finding(HonestyVerdict.Fail, $"{figures}: an attack gave successes away");
    }
}
