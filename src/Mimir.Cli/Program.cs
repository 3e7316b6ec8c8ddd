using Mimir.Cli;

return CliApplication.Run(args, CliContext.OfProcess());
