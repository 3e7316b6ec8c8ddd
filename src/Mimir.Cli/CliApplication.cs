using System.CommandLine;
using Mimir.Cli.Commands;
using Mimir.Cli.Commands.Ptx;
using Mimir.Cli.Errors;
using Mimir.Cli.Output;

namespace Mimir.Cli;

/// <summary>The command line as a function: arguments in, an exit code out.</summary>
internal static class CliApplication
{
    private const string Summary = "Trains Vision Transformers that withstand attacks: masked auto-encoding with MIMIR, then adversarial fine-tuning.";

    // In the order of the help. A new verb is a class in Commands/ and its line here.
    private static Verb[] Verbs() =>
    [
        new DemoCommand(),
        new PretrainCommand(),
        new FinetuneCommand(),
        new EvalCommand(),
        new CorruptCommand(),
        new LandscapeCommand(),
        new AblateCommand(),
        new VerifyCommand(),
        new BenchCommand(),
        new ProfileCommand(),
        new PtxCommand(),
        new DevicesCommand(),
    ];

    /// <summary>Runs a command line. Every failure is one line on the error writer.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, CliContext context)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Shows where in the program an error arose.", Recursive = true };
        ParseResult? parse = null;
        try
        {
            parse = Tree(args, verbose, context).Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
            if (parse.Action is not { ClearsParseErrors: true } && ParseErrors.Find(parse) is { } error)
                return Fail(context, new ErrorLine(ExitCode.Usage, error));
            return parse.Invoke(new InvocationConfiguration
            {
                Output = context.Out,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception failure)
        {
            var code = Fail(context, ErrorLine.Of(failure));
            if (parse?.GetValue(verbose) == true)
                context.Error.WriteLine(failure);
            return code;
        }
    }

    private static RootCommand Tree(string[] args, Option<bool> verbose, CliContext context)
    {
        var root = new RootCommand(Summary) { verbose };
        foreach (var verb in Verbs())
            root.Add(verb.Command(context, args.Contains(verb.Name)));
        foreach (var option in root.Options)
        {
            if (option is System.CommandLine.Help.HelpOption)
                option.Action = new HelpText();
            else if (option is VersionOption)
                option.Action = new VersionText();
        }

        return root;
    }

    private static int Fail(CliContext context, ErrorLine line)
    {
        context.Error.WriteLine($"mimir: {line.Message}");
        return line.Code;
    }
}
