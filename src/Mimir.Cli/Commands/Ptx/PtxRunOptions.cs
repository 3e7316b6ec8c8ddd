using System.CommandLine;
using System.Globalization;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Commands.Ptx;

/// <summary>The options of a launch on the emulator: <c>ptx run</c> and <c>ptx counters</c> share them.</summary>
internal sealed class PtxRunOptions
{
    private readonly Option<string> _entry = OptionSyntax.Value("--entry", "NAME", "Required. The kernel.");
    private readonly Option<string> _grid = OptionSyntax.Value("--grid", "X[,Y[,Z]]", "Required. Blocks.");
    private readonly Option<string> _block = OptionSyntax.Value("--block", "X[,Y[,Z]]", "Required. Threads of a block.");
    private readonly Option<string> _shared = OptionSyntax.Value("--shared", "BYTES", "Dynamic shared memory of a block (default 0).");

    private readonly Option<string[]> _arguments = OptionSyntax.Repeated(
        "--arg", "ARGUMENT", "Once for every parameter, in their order; see below.");

    private readonly Option<string[]> _globals = OptionSyntax.Repeated(
        "--global", "NAME=FILE.npy", "Fills a variable of the module; may be given several times.");

    private readonly Option<string> _schedule = OptionSyntax.Value(
        "--schedule", "in-order|random:SEED|adversarial", "The order of blocks, warps and diverged lanes (default in-order).");

    private readonly Option<string> _mma = OptionSyntax.Value(
        "--mma", OptionText.Words<MmaModel>("|"), "How tensor cores sum: in float64 with one rounding, or as an A100 or an H100 does (default fast).");

    private readonly Option<string> _checks = OptionSyntax.Value(
        "--checks", EmulatorText.ChecksSyntax, $"What is checked: all, none, or some of {EmulatorText.CheckWords} (default all).");

    private readonly Option<bool> _json = OptionSyntax.Switch("--json", "Prints one JSON document on stdout.");

    /// <summary>How the verbs are called.</summary>
    public const string Usage = "FILE --entry NAME --grid X[,Y[,Z]] --block X[,Y[,Z]] [--arg ARGUMENT]... [options]";

    /// <summary>How arguments are written, for the help.</summary>
    public static IReadOnlyList<string> Notes { get; } =
    [
        "Arguments that are arrays: in:FILE.npy is read; inout:FILE.npy=OUT.npy is read, and written to OUT.npy after the run; out:DTYPE[SHAPE]=OUT.npy, such as "
            + "out:f32[32,64]=y.npy, starts uninitialised. They are passed as pointers; view-in:, view-inout: and view-out: pass a pointer and a 64-bit element count "
            + "in one parameter of 16 bytes.",
        "Arguments that are values: f32:0.5, i32:-7, bool:true and so on, of f16, bf16, f32, f64, i8 to i64, u8 to u64 (hexadecimal digits as u32:0xFF); null is a null pointer; "
            + "bytes:HEX is a parameter's bytes as they lie in memory. Files have f2, f4, f8, i1 to i8, u1 to u8 or b1 elements; bf16 is written as u2.",
    ];

    /// <summary>The options under their headings.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
    [
        new("Launch", [_entry, _grid, _block, _shared, _arguments, _globals]),
        new("Emulation", [_schedule, _mma, _checks]),
        new("Output", [_json]),
    ];

    /// <summary>Whether the answer is JSON.</summary>
    public bool Json(ParseResult parse) => parse.IsGiven(_json);

    /// <summary>The launch that the options describe.</summary>
    /// <exception cref="UsageException">One is missing or cannot be read.</exception>
    public PtxRunRequest Request(ParseResult parse, Argument<string[]> files, string verb)
    {
        var file = parse.GetValue(files) ?? [];
        UsageException.Require(file.Length == 1, $"give one PTX file: mimir {verb} FILE --entry NAME --grid X --block X --arg ...");
        var (schedule, seed) = EmulatorText.Schedule("--schedule", parse.Text(_schedule) ?? "in-order");
        return new PtxRunRequest
        {
            File = file[0],
            Entry = Required(parse, _entry),
            Grid = Sizes(parse, _grid),
            Block = Sizes(parse, _block),
            SharedBytes = parse.Text(_shared) is { } shared ? OptionText.Whole("--shared", shared, 0) : 0,
            Arguments = [.. parse.Texts(_arguments).Select(Argument)],
            Globals = [.. parse.Texts(_globals).Select(Global)],
            Options = new EmulatorOptions
            {
                Schedule = schedule,
                Seed = seed,
                Mma = parse.Text(_mma) is { } mma ? OptionText.Choice<MmaModel>("--mma", mma) : MmaModel.Fast,
                Checks = EmulatorText.Checks("--checks", parse.Text(_checks) ?? "all"),
                Counters = true,
            },
        };
    }

    private static string Required(ParseResult parse, Option<string> option) =>
        parse.Text(option) ?? throw new UsageException($"{option.Name} is required: {option.Name} {option.HelpName}");

    private static Dim3 Sizes(ParseResult parse, Option<string> option)
    {
        var parts = Required(parse, option).Split(',', StringSplitOptions.TrimEntries);
        UsageException.Require(parts.Length <= 3, $"{option.Name} has {parts.Length} sizes; write {option.HelpName}");
        var sizes = new int[] { 1, 1, 1 };
        for (var i = 0; i < parts.Length; i++)
        {
            UsageException.Require(
                int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) && sizes[i] > 0,
                $"{option.Name} '{parts[i]}' is not a whole number from 1 on; write {option.HelpName}");
        }

        return new Dim3(sizes[0], sizes[1], sizes[2]);
    }

    private static KernelArgument Argument(string text)
    {
        try
        {
            return KernelArgumentText.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--arg {e.Message}");
        }
    }

    private static (string Name, string File) Global(string text)
    {
        var equals = text.IndexOf('=');
        UsageException.Require(equals > 0 && equals < text.Length - 1, $"--global '{text}' is not NAME=FILE.npy");
        return (text[..equals], text[(equals + 1)..]);
    }
}
